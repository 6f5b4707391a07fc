// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with: Swift 6 mode, the upcoming features of the house, no warning left.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
  // Debug and sanitizer builds check every access at run time; the release build leaves that to them.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// For what tests make work hard: simulations that take minutes without it take seconds. Traps stay, as in the release build.
let optimizedInDebug: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

func tests(
  of name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, swiftSettings: strict + settings
  )
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "ollama-gateway",
  products: [
    .executable(name: "ollama-gateway", targets: ["ollama-gateway"]),
    // What the microbenchmarks import (Benchmarks/Package.swift); nothing that is shipped is built from it.
    .library(
      name: "GatewayModules",
      targets: [
        "Access", "EventLoop", "Fleet", "HTTPFields", "JSON", "Limits", "OllamaAPI", "Sessions", "System",
        "WebSocket",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    // Floor 0: the C libraries, as Swift can import them.
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CResolver"),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),

    // Floor 1: bytes and the system; addresses are read by the former's classes.
    library("Bytes"),
    library("System", ["Bytes"]),

    // Floor 2.
    library("EventLoop", ["CLinux", "System"]),
    .target(
      name: "JSON", dependencies: ["Bytes", "CSimdJSON"],
      // A parsed value may not outlive its buffers, and the compiler checks it.
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),

    library("HTTPFields", ["Bytes"]),
    library("ContentCodings", ["CZstd"]),
    library("Budgets", ["CLinux", "System"]),
    library("Limits", ["Bytes", "System"]),

    // Floor 3: protocols.
    library("ServiceManager", ["System"]),
    library("CrashReport", ["Bytes", "CLinux", "EventLoop"]),
    library(
      "HTTPServer", ["Budgets", "Bytes", "CMicroHTTPD", "CLinux", "EventLoop", "HTTPFields", "System"]),
    library("HTTPClient", ["Bytes", "CCurl", "EventLoop", "HTTPFields", "System"]),
    library("OllamaAPI", ["Bytes", "HTTPFields", "JSON"]),
    library("WebSocket", ["Bytes", "HTTPFields", "System"]),

    library("Fleet", ["Bytes", "System"], optimizedInDebug),
    library("Passwords", ["Bytes", "CCrypt", "System"]),
    library("JSONWebToken", ["Bytes", "CCrypto", "JSON", "System"]),

    // Floor 4: what the gateway knows.
    library("Sessions", ["Access", "Budgets", "Bytes", "EventLoop", "System"]),
    library(
      "Upstreams",
      ["EventLoop", "Fleet", "HTTPClient", "HTTPFields", "OllamaAPI", "JSON", "System", logging]),
    library("Access", ["Bytes", "CCrypto", "HTTPFields", "JSON", "Limits", "System"]),
    library("Accounts", ["Access", "HTTPFields", "Limits", "System"]),
    .target(name: "Schemas", resources: [.embedInCode("Files")], swiftSettings: strict),
    library(
      "ChatClient", ["Bytes", "EventLoop", "JSON", "HTTPClient", "HTTPFields", "System", "WebSocket"]),
    library("Telemetry", ["Bytes", "System", logging]),
    library("Configuration", ["CYAML", "Access", "Bytes", "JSON", "JSONWebToken", "Limits", "System"]),

    library(
      "Issuers",
      [
        "Access", "Bytes", "Configuration", "EventLoop", "HTTPClient", "HTTPFields", "JSONWebToken", "System",
      ]),

    // Floor 5: what all handlers have in common.
    library(
      "Handling",
      [
        "Access", "Accounts", "Budgets", "Bytes", "Configuration", "EventLoop", "Fleet", "HTTPClient",
        "HTTPFields", "HTTPServer", "Issuers", "JSON", "JSONWebToken", "Limits", "OllamaAPI", "Sessions",
        "System",
        "Telemetry",
        "Upstreams", logging,
      ]),

    library(
      "Discovery",
      [
        "Access", "Configuration", "CResolver", "Fleet", "HTTPClient", "HTTPFields", "OllamaAPI", "System",
        "Upstreams", logging,
      ]),

    // Sessions beyond the process.
    library("SQLiteStore", ["Bytes", "CSQLite", "Sessions", "System"]),
    library("PostgreSQLStore", ["Access", "Bytes", "CPostgreSQL", "Sessions", "System"]),
    // Keys and accounts beyond the process.
    library("AccessStorage", ["Access", "Accounts", "Issuers", "JSON", "Limits", "Sessions", "System"]),

    // Floor 6: the features. None imports another.
    library(
      "Relay",
      [
        "Access", "Accounts", "Budgets", "Bytes", "Configuration", "ContentCodings", "EventLoop", "Fleet",
        "Handling", "HTTPClient", "HTTPFields", "HTTPServer", "JSON", "OllamaAPI", "System", "Telemetry",
        "Upstreams",
      ]),
    library(
      "Chat",
      [
        "Access", "Accounts", "Budgets", "Bytes", "Configuration", "EventLoop", "Fleet", "Handling",
        "HTTPClient", "HTTPFields",
        "HTTPServer", "JSON", "OllamaAPI", "Sessions", "System", "Telemetry", "Upstreams", "WebSocket",
      ],
      // Routes that only tests have a use for are not in the program that people run.
      [.define("TEST_ROUTES", .when(configuration: .debug))]),
    library(
      "Operations",
      [
        "Access", "Budgets", "Configuration", "EventLoop", "Fleet", "Handling", "HTTPClient", "HTTPFields",
        "HTTPServer", "JSON", "Limits", "OllamaAPI", "Sessions", "System", "Telemetry", "Upstreams",
      ]),
    library(
      "Administration",
      [
        "Access", "AccessStorage", "Accounts", "Bytes", "EventLoop", "Handling", "HTTPFields", "HTTPServer",
        "JSON",
        "Limits", "OllamaAPI", "Passwords", "Sessions", "System",
      ]),
    library(
      "SignIn",
      [
        "Access", "AccessStorage", "Accounts", "Bytes", "Configuration", "EventLoop", "Handling",
        "HTTPFields", "HTTPServer", "Issuers",
        "JSON", "JSONWebToken", "OllamaAPI", "Passwords", "Sessions", "System",
      ]),
    library(
      "APIReference",
      [
        "Access", "Configuration", "EventLoop", "Handling", "HTTPFields", "JSON", "OllamaAPI", "Schemas",
        "System",
      ]),
    .target(
      name: "Pages",
      dependencies: ["Access", "Bytes", "Configuration", "Handling", "HTTPFields", "HTTPServer", "JSON"],
      resources: [.embedInCode("Files")], swiftSettings: strict),

    // Floor 7: the gateway.
    library(
      "Gateway",
      [
        "Access", "AccessStorage", "Accounts", "Administration", "APIReference", "Budgets", "Chat",
        "Configuration", "Discovery", "EventLoop",
        "Handling", "HTTPServer", "Issuers", "JSONWebToken",
        "Operations", "Pages", "Passwords", "PostgreSQLStore", "Relay", "Sessions", "SignIn", "SQLiteStore",
        "System", "Telemetry",
        "Upstreams",
        logging,
      ]),

    // Floor 8: the program.
    .executableTarget(
      name: "ollama-gateway",
      dependencies: [
        "Access", "AccessStorage", "Administration", "CLinux", "Gateway", "ChatClient", "Configuration",
        "CrashReport", "Discovery", "EventLoop", "Handling", "HTTPClient", "HTTPFields", "JSON", "Limits",
        "Issuers", "OllamaAPI", "Passwords", "PostgreSQLStore", "ServiceManager", "Sessions", "SQLiteStore",
        "System", "Telemetry",
        "Upstreams", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // For tests only.
    library("GatewayTesting", ["Bytes", "CCrypto", "CLinux", "EventLoop", "System"]),
    tests(of: "GatewayTesting", ["EventLoop", "System"]),
    tests(of: "Bytes"),
    tests(of: "System"),
    tests(of: "EventLoop", ["System"]),
    tests(of: "JSON"),
    tests(of: "HTTPFields"),
    tests(of: "ContentCodings", ["CZstd"]),
    tests(of: "Budgets", ["System"]),
    tests(of: "Accounts", ["Access", "Limits", "System"]),
    tests(of: "Limits", ["System"]),
    tests(of: "ServiceManager", ["System"]),
    tests(of: "CrashReport", ["CLinux"]),
    // What the tests of CrashReport let crash.
    .executableTarget(
      name: "CrashingProgram", dependencies: ["CrashReport", "EventLoop"], path: "Tests/CrashingProgram",
      swiftSettings: strict),
    tests(of: "HTTPServer", ["Budgets", "Bytes", "EventLoop", "GatewayTesting", "System"]),
    tests(of: "HTTPClient", ["EventLoop", "GatewayTesting", "System"]),
    tests(of: "OllamaAPI", ["JSON"]),
    tests(of: "WebSocket", ["Bytes", "HTTPFields", "System"]),
    tests(of: "Sessions", ["Access", "Budgets", "EventLoop", "System"]),
    // The contract of all stores.
    .testTarget(
      name: "SessionStoresTests",
      dependencies: ["Access", "GatewayTesting", "PostgreSQLStore", "Sessions", "SQLiteStore", "System"],
      swiftSettings: strict),
    tests(of: "SQLiteStore", ["Access", "CSQLite", "GatewayTesting", "Sessions", "StoreProgram", "System"]),
    // What has a store open in a process of its own.
    .executableTarget(
      name: "StoreProgram", dependencies: ["AccessStorage", "Accounts", "SQLiteStore", "Sessions", "System"],
      path: "Tests/StoreProgram",
      swiftSettings: strict),
    tests(of: "PostgreSQLStore", ["Access", "GatewayTesting", "Sessions", "System"]),
    tests(
      of: "AccessStorage",
      [
        "Access", "Accounts", "CSQLite", "GatewayTesting", "Limits", "Sessions", "SQLiteStore",
        "System",
      ]),
    tests(of: "Fleet", ["System"], optimizedInDebug),
    tests(of: "Passwords", ["GatewayTesting", "System"]),
    tests(of: "JSONWebToken", ["Bytes", "GatewayTesting", "JSON"]),
    tests(
      of: "Upstreams",
      [
        "EventLoop", "Fleet", "GatewayTesting", "HTTPClient", "HTTPFields", "JSON", "OllamaAPI", "System",
        logging,
      ]),
    tests(of: "Access", ["HTTPFields", "JSON", "Limits", "System"]),
    tests(
      of: "Chat",
      [
        "Access", "Budgets", "Configuration", "EventLoop", "GatewayTesting", "Handling", "HTTPClient", "JSON",
        "OllamaAPI", "Schemas", "Sessions", "System", "Upstreams",
      ]),
    tests(
      of: "Handling",
      [
        "Access", "Accounts", "Configuration", "Fleet", "HTTPFields", "HTTPServer", "Limits", "OllamaAPI",
        "System", "Telemetry", "Upstreams",
      ]),
    tests(
      of: "Relay",
      [
        "Configuration", "EventLoop", "Handling", "HTTPClient", "HTTPFields", "OllamaAPI", "System",
        "Upstreams",
      ]),
    tests(
      of: "Operations",
      [
        "Accounts", "Fleet", "GatewayTesting", "Handling", "JSON", "Limits", "OllamaAPI", "Sessions",
        "System",
        "Telemetry", "Upstreams",
      ]),
    tests(
      of: "Administration",
      ["Access", "AccessStorage", "Accounts", "Handling", "JSON", "Limits", "Sessions", "System"]),
    tests(
      of: "SignIn",
      ["Access", "AccessStorage", "Accounts", "Handling", "JSON", "Passwords", "System", logging]),
    tests(of: "APIReference", ["Access", "Configuration", "GatewayTesting", "Handling"]),
    tests(of: "Pages", ["Handling"]),
    tests(
      of: "Discovery",
      [
        "Access", "Configuration", "Fleet", "GatewayTesting", "HTTPClient", "HTTPFields", "System",
        "Upstreams",
        logging,
      ]),
    tests(of: "ChatClient", ["JSON", "System", "WebSocket"]),
    tests(of: "Telemetry", ["System", logging]),
    tests(
      of: "Issuers",
      [
        "Access", "Configuration", "EventLoop", "GatewayTesting", "HTTPClient", "HTTPFields", "JSONWebToken",
        "System",
      ]),
    tests(of: "Configuration", ["Access", "GatewayTesting", "JSONWebToken", "Limits", "System"]),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "ollama-gateway", "Access", "AccessStorage", "CSQLite", "Configuration", "EventLoop", "Gateway",
        "GatewayTesting", "Issuers", "Passwords", "PostgreSQLStore", "Sessions", "SQLiteStore",
        "System", "Upstreams", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    tests(
      of: "Gateway",
      [
        "Access", "AccessStorage", "Accounts", "APIReference", "Budgets", "Bytes", "Chat", "ContentCodings",
        "Discovery", "Fleet", "Handling", "Limits",
        "HTTPFields",
        "HTTPServer", "Operations", "Relay", "Upstreams", "WebSocket", "ChatClient", "Configuration",
        "GatewayTesting", "EventLoop", "HTTPClient",
        "JSON",
        "OllamaAPI", "Pages", "Passwords", "Issuers", "JSONWebToken", "Schemas",
        "Sessions", "SignIn", "SQLiteStore", "System",
        "Telemetry",
        // To know which version of the library refuses broken heads.
        "CMicroHTTPD",
        // To harm a store.
        "CSQLite",
        "CZstd",
        logging,
      ]),
  ],
  cxxLanguageStandard: .cxx17
)
