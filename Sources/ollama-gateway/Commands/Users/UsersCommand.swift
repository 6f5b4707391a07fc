import ArgumentParser

/// `ollama-gateway users`: who signs in by a name and a password or at an issuer, in the store of the service, whether it runs or not.
struct UsersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users",
    abstract: "Make, list, change and delete users, whether a gateway runs or not.",
    discussion: """
      A user is named by his name, his e-mail address or his number (user:7 is always the number). A running gateway notices a change within a \
      second. Passwords are asked for at the terminal, or come from a file or standard input: arguments are for all to see. The settings \
      are those of the service: /etc/ollama-gateway/config.yaml where there is one.

      Exit codes: 0 when it is done, 64 for a wrong call, setting or store, 1 when the store fails or has no such user.
      """,
    subcommands: [
      Add.self, List.self, Show.self, Set.self, Password.self, Disable.self, Enable.self, Delete.self,
      Reset.self,
      Verify.self, Unlock.self, SignOut.self, Link.self, Import.self,
    ])
}
