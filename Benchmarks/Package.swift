// swift-tools-version: 6.2
import PackageDescription

// The microbenchmarks: a package of its own, so that the product's graph has no benchmark in it. They use
// google/swift-benchmark and not ordo-one/benchmark: one small library with no plugin, whose program can be started under
// perf or callgrind as it is.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "ollama-gateway", path: ".."),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
  ],
  targets: [
    .executableTarget(
      name: "Microbenchmarks",
      dependencies: [
        .product(name: "GatewayModules", package: "ollama-gateway"),
        .product(name: "Benchmark", package: "swift-benchmark"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
      ])
  ],
  cxxLanguageStandard: .cxx17
)
