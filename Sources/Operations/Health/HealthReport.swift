internal import Configuration
internal import Fleet
internal import Handling
internal import JSON
internal import Sessions
internal import System

/// The documents that say how the gateway and its services are.
enum HealthReport {
  /// What the gateway depends on.
  struct Service {
    let name: StaticString
    let isHealthy: Bool
  }

  /// The process serves.
  static func alive(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", "healthy")
      writer.member("app", GatewayVersion.name)
    }
  }

  /// - Parameters:
  ///   - services: what the gateway depends on, and whether it works.
  ///   - servers: of several Ollamas, how many there are.
  ///   - store: what keeps the sessions.
  static func detailed(
    _ services: [Service], _ servers: FleetCounts?, _ store: StoreReport, into writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.member("status", literal: status(of: services, store))
      writer.member("app", GatewayVersion.name)
      writer.member("version", GatewayVersion.current)
      encode(services, into: &writer)
      servers?.encode(into: &writer)
      store.encode(into: &writer)
    }
  }

  /// The first system's form of the same.
  static func summary(
    _ services: [Service], _ servers: FleetCounts?, _ store: StoreReport, uptime: Duration,
    into writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.member("version", GatewayVersion.current)
      writer.member("status", literal: status(of: services, store))
      writer.member("uptime_seconds", uptime.milliseconds.rounded() / 1000)
      encode(services, into: &writer)
      servers?.encode(into: &writer)
      store.encode(into: &writer)
    }
  }

  static func list(_ services: [Service], into writer: inout JSONWriter) {
    let healthy = services.count { $0.isHealthy }
    writer.object { writer in
      writer.member("total_services", services.count)
      writer.member("healthy_count", healthy)
      writer.member("unhealthy_count", services.count - healthy)
      writer.member("status", literal: status(of: services))
      writer.key("services")
      writer.array { writer in
        for service in services { encode(service, as: "name", into: &writer) }
      }
    }
  }

  /// One service, which `key` names.
  static func encode(_ service: Service, as key: StaticString, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member(key, literal: service.name)
      writer.member("status", literal: service.isHealthy ? "healthy" : "unhealthy")
      writer.member("healthy", service.isHealthy)
    }
  }

  private static func status(of services: [Service], _ store: StoreReport? = nil) -> StaticString {
    services.allSatisfy(\.isHealthy) && (store?.state ?? .ok) == .ok ? "healthy" : "degraded"
  }

  private static func encode(_ services: [Service], into writer: inout JSONWriter) {
    writer.key("services")
    writer.object { writer in
      for service in services { writer.member(service.name, service.isHealthy) }
    }
    writer.member("healthy_count", services.count { $0.isHealthy })
    writer.member("total_services", services.count)
  }
}
