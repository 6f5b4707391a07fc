@main enum Program { static func main() { print("ollama-gateway") } }
