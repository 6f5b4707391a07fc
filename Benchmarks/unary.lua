-- The request of the unary part, for wrk.
wrk.method = "POST"
wrk.body = '{"model":"tinyllama:latest","messages":[{"role":"user","content":"Hello"}],"stream":false}'
wrk.headers["Content-Type"] = "application/json"
