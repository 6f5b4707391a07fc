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

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, swiftSettings: strict)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "ollama-gateway",
  products: [
    .executable(name: "ollama-gateway", targets: ["ollama-gateway"]),
    // What the microbenchmarks import (Benchmarks/Package.swift); nothing that is shipped is built from it.
    .library(name: "GatewayModules", targets: ["EventLoop", "JSON", "OllamaAPI", "Sessions", "WebSocket"]),
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
    .systemLibrary(name: "CLinux"),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),

    // Floor 1.
    library("EventLoop", ["CLinux"]),
    .target(
      name: "JSON", dependencies: ["CSimdJSON"],
      // A parsed value may not outlive its buffers, and the compiler checks it.
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),

    library("HTTPFields"),
    library("ContentCodings", ["CZstd"]),
    library("Budgets", ["CLinux", "EventLoop"]),

    // Floor 2: protocols.
    library("ServiceManager", ["EventLoop"]),
    library("CrashReport", ["CLinux", "EventLoop"]),
    library("HTTPServer", ["Budgets", "CMicroHTTPD", "CLinux", "EventLoop", "HTTPFields"]),
    library("HTTPClient", ["CCurl", "EventLoop", "HTTPFields"]),
    library("OllamaAPI", ["HTTPFields", "JSON"]),
    library("WebSocket", ["EventLoop", "HTTPFields"]),

    // Floor 3: what the gateway knows.
    library("Sessions", ["Access", "Budgets", "EventLoop"]),
    library("Upstreams", ["HTTPClient", "OllamaAPI", "JSON"]),
    library("Access", ["HTTPFields"]),
    .target(name: "Schemas", resources: [.embedInCode("Files")], swiftSettings: strict),
    .target(name: "Pages", resources: [.embedInCode("Files")], swiftSettings: strict),
    library("ChatClient", ["EventLoop", "JSON", "HTTPClient", "HTTPFields", "WebSocket"]),
    library("Telemetry", [logging]),
    library("Configuration", ["CYAML", "Access"]),

    // Floor 4: the gateway.
    library(
      "Gateway",
      [
        "Budgets", "ContentCodings", "EventLoop", "JSON", "HTTPFields", "HTTPServer", "HTTPClient",
        "OllamaAPI", "Sessions",
        "Upstreams", "Access", "Pages", "Schemas",
        "Telemetry", "Configuration", "WebSocket", logging,
      ],
      // Routes that only tests have a use for are not in the program that people run.
      [.define("TEST_ROUTES", .when(configuration: .debug))]),

    // Floor 5: the program.
    .executableTarget(
      name: "ollama-gateway",
      dependencies: [
        "Access", "CLinux", "Gateway", "ChatClient", "Configuration", "CrashReport", "EventLoop",
        "HTTPClient",
        "HTTPFields", "JSON", "OllamaAPI", "ServiceManager", "Telemetry", "Upstreams",
        logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // For tests only.
    library("GatewayTesting", ["CLinux", "EventLoop"]),
    tests(of: "GatewayTesting", ["EventLoop"]),
    tests(of: "EventLoop"),
    tests(of: "JSON"),
    tests(of: "HTTPFields"),
    tests(of: "ContentCodings", ["CZstd"]),
    tests(of: "Budgets"),
    tests(of: "ServiceManager", ["EventLoop"]),
    tests(of: "CrashReport", ["CLinux"]),
    // What the tests of CrashReport let crash.
    .executableTarget(
      name: "CrashingProgram", dependencies: ["CrashReport", "EventLoop"], path: "Tests/CrashingProgram",
      swiftSettings: strict),
    tests(of: "HTTPServer", ["Budgets", "EventLoop", "GatewayTesting"]),
    tests(of: "HTTPClient", ["EventLoop", "GatewayTesting"]),
    tests(of: "OllamaAPI", ["JSON"]),
    tests(of: "WebSocket", ["EventLoop", "HTTPFields"]),
    tests(of: "Sessions", ["Access", "Budgets", "EventLoop"]),
    tests(of: "Access", ["HTTPFields"]),
    tests(of: "Pages"),
    tests(of: "ChatClient", ["JSON"]),
    tests(of: "Telemetry", [logging]),
    tests(of: "Configuration", ["Access", "GatewayTesting"]),
    .testTarget(
      name: "ProgramTests",
      dependencies: ["ollama-gateway", "Access", "Configuration", "EventLoop", "GatewayTesting"],
      swiftSettings: strict),
    tests(
      of: "Gateway",
      [
        "Access", "Budgets", "ChatClient", "Configuration", "GatewayTesting", "EventLoop", "HTTPClient",
        "JSON",
        "OllamaAPI", "Pages", "Schemas",
        "Sessions",
        "Telemetry",
        // To know which version of the library refuses broken heads.
        "CMicroHTTPD",
        "CZstd",
        logging,
      ]),
  ],
  cxxLanguageStandard: .cxx17
)
