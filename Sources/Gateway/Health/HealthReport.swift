internal import JSON

/// The documents of `/health` and `/health/detailed`.
enum HealthReport {
  /// The process serves.
  static func alive(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", "healthy")
      writer.member("app", GatewayVersion.name)
    }
  }

  /// - Parameter services: what the gateway depends on, and whether it works.
  static func detailed(_ services: [(name: StaticString, isHealthy: Bool)], into writer: inout JSONWriter) {
    let healthy = services.count { $0.isHealthy }
    writer.object { writer in
      writer.member("status", healthy == services.count ? "healthy" : "degraded")
      writer.member("app", GatewayVersion.name)
      writer.member("version", GatewayVersion.current)
      writer.key("services")
      writer.object { writer in
        for service in services { writer.member(service.name, service.isHealthy) }
      }
      writer.member("healthy_count", healthy)
      writer.member("total_services", services.count)
    }
  }
}
