@testable import Configuration

/// For every setting: values it takes with what they read back as, and values it does not take.
enum Samples {
  struct Sample {
    let good: [(text: String, canonical: String)]
    let bad: [String]
  }

  static let durations = (
    good: [
      ("250ms", "250ms"), ("5s", "5s"), ("90s", "90s"), ("10m", "10m"), ("24h", "24h"), ("7", "7s"),
      ("120", "2m"),
    ],
    bad: [
      "", "-1", "5x", "1.5s", "s", "5 s", "1h30m", "9999999999999999h", "99999999999999999999", "25h", "٥s",
      "+5s",
    ]
  )

  private static func duration(_ good: [(String, String)] = [], bad: [String] = []) -> Sample {
    Sample(good: durations.good + good, bad: durations.bad + bad)
  }

  static let byKey: [String: Sample] = [
    "listen": Sample(
      good: [
        ("127.0.0.1:10200", "127.0.0.1:10200"), ("[::1]:80", "[::1]:80"), (":10200", ":10200"),
        ("0.0.0.0:0", "0.0.0.0:0"), ("LOCALHOST:1", "127.0.0.1:1"), ("unix:/run/g.sock", "unix:/run/g.sock"),
        ("[2001:DB8:0::1]:65535", "[2001:db8::1]:65535"), ("[::]:10200", "[::]:10200"),
      ],
      bad: [
        "", ":", "127.0.0.1", "10200", "localhost", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:http",
        "::1:80",
        "[::1]", "example.org:80", "http://127.0.0.1:80", "unix:",
        "unix:" + String(repeating: "p", count: 108),
        "[fe80::1%eth0]:80", "0127.0.0.1:80", " :80", "127.1:80",
      ]),
    "ollama": Sample(
      good: [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("https://o.example.org/", "https://o.example.org:443"),
        ("http://gpu", "http://gpu:80"), ("gpu-box", "http://gpu-box:11434"), ("GPU:1", "http://gpu:1"),
        ("http://[::1]:11434/a/b/", "http://[::1]:11434/a/b"), ("::1", "http://[::1]:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"), ("http://[::]:5", "http://[::1]:5"),
        ("gpu-1=GPU:1", "gpu-1=http://gpu:1"), ("http://gpu/a=b", "http://gpu:80/a=b"),
        ("dns:Ollama.internal:11434", "dns:ollama.internal:11434"), ("a=dns:o:1", "a=dns:o:1"),
        ("dns+srv:_ollama._tcp.example.org", "dns+srv:_ollama._tcp.example.org"),
        ("file:/etc/servers.yaml", "file:/etc/servers.yaml"), ("file:./s=1", "file:./s=1"),
      ],
      bad: [
        "", "http://", "ftp://gpu", "http://user:secret@gpu", "http://user:12/secret@gpu", "http://gpu?x",
        "http://gpu#x", "http://gpu:0",
        "http://gpu:99999", "http://gpu:x", "http:/gpu", "http://gp u", "http://gpu/a b", "http://gpu/../x",
        "http://127.1",
        "unix:/run/o.sock", "=gpu", "GPU=http://gpu", "a_b=http://gpu", "all=http://gpu", "a=",
        "a=b=http://gpu",
        String(repeating: "n", count: 64) + "=http://gpu", "dns:gpu", "dns:gpu:0", "dns:127.0.0.1:1", "dns:",
        "dns+srv:gpu:1", "dns+srv:", "dns+srv:127.0.0.1", "file:", "file:80", "a=file:/s", "{url: gpu}",
      ]),
    "workers": Sample(
      good: [("1", "1"), ("256", "256"), ("08", "8")],
      bad: ["", "0", "257", "-1", "+1", "two", "1.0", "1e1", "١"]),
    "default_model": Sample(
      good: [("llama3.2", "llama3.2"), ("hf.co/a/B_c-d:Q4_K_M", "hf.co/a/B_c-d:Q4_K_M")],
      bad: ["", "a b", "a\nb", "ä", "--workers", String(repeating: "m", count: 256)]),
    "model_aliases": Sample(
      good: [
        ("gpt-4o=llama3.1:8b", "gpt-4o=llama3.1:8b"), ("claude-*=hf.co/a/b:q4", "claude-*=hf.co/a/b:q4"),
        ("*=m", "*=m"),
      ],
      bad: [
        "", "a", "=m", "a=", "a=b*", "a b=m", "a=b=c", "-a=m", "a=-m",
        String(repeating: "n", count: 256) + "=m",
      ]),
    "queue": Sample(good: [("on", "true"), ("off", "false")], bad: ["", "fair"]),
    "queue_timeout": duration([("off", "off"), ("10ms", "10ms")], bad: ["0s", "none"]),
    "context": Sample(good: [("fit", "fit"), ("Pass", "pass")], bad: ["", "strip", "4096"]),
    "server_names": Sample(good: [("on", "true"), ("off", "false")], bad: ["", "some"]),
    "allow_model_management": Sample(
      good: [("true", "true"), ("no", "false"), ("1", "true"), ("OFF", "false")],
      bad: ["", "maybe", "2", "truee"]),
    "allow_cloud_models": Sample(
      good: [("true", "true"), ("no", "false")], bad: ["", "cloud"]),
    "forward_client": Sample(
      good: [("yes", "true"), ("0", "false")], bad: ["", "maybe"]),
    "usage_log": Sample(good: [("on", "true"), ("no", "false")], bad: ["", "30d"]),
    "allowed_origin": Sample(
      good: [
        ("https://Chat.example.org", "https://chat.example.org"), ("*", "*"), ("http://a:*", "http://a:*"),
      ],
      bad: ["", "chat.example.org", "https://a/", "null"]),
    "allowed_host": Sample(
      good: [
        ("Chat.example.org", "chat.example.org"), ("*.example.org", "*.example.org"),
        ("10.0.0.7", "10.0.0.7"),
      ],
      bad: ["", "a:80", "http://a", "a b"]),
    "trusted_proxy": Sample(
      good: [
        ("127.0.0.1", "127.0.0.1/32"), ("10.0.0.0/8", "10.0.0.0/8"), ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
      ],
      bad: ["", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8,::1", "localhost", "unix", "*", "10.0.0.0/x\n"]),
    "auth": Sample(
      good: [("auto", "auto"), ("Required", "required"), ("open", "open")], bad: ["", "on", "none"]),
    "keys_file": Sample(
      good: [("/etc/keys.yaml", "/etc/keys.yaml"), ("off", "off")],
      bad: ["", String(repeating: "p", count: 4097)]),
    "admin_key_file": Sample(
      good: [("/run/admin-key", "/run/admin-key"), ("off", "off")],
      bad: ["", String(repeating: "p", count: 4097)]),
    "open_to": Sample(
      good: [
        ("loopback", "loopback"), ("10.0.0.0/8", "10.0.0.0/8"), ("127.0.0.1", "127.0.0.1/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
      ],
      bad: ["", "Loopback", "localhost", "*", "10.0.0.1/8", "10.0.0.0/8,loopback", "unix"]),
    "anonymous": Sample(
      good: [
        ("off", "off"), ("rpm=60", "rpm=60"), ("concurrent=4,rpm=60", "rpm=60,concurrent=4"),
        (
          "rpm=1,rpd=2,tpm=3,tpd=4,concurrent=5,streams=6,websockets=7,budget=8tokens/month,budget=9gpu_seconds/total",
          "rpm=1,rpd=2,tpm=3,tpd=4,concurrent=5,streams=6,websockets=7,budget=8tokens/month,budget=9gpu_seconds/total"
        ), ("tpd=1000000000000000", "tpd=1000000000000000"),
      ],
      bad: [
        "", "60", "rpm", "rpm=", "rpm=0", "rpm=-1", "rpm=+1", "rpm=1.5", "rpm=60,rpm=60", "rpm=60,",
        ",rpm=60", "rps=1",
        "rpm = 60", "tpd=1000000000000001", "budget=1usd/month", "budget=1tokens/year", "budget=tokens/month",
        "budget=0tokens/day", "budget=1tokens/day,budget=2tokens/day", "budget=1tokens",
        "budget=1tokens/day/day",
      ]),
    "allow_query_keys": Sample(good: [("on", "true"), ("off", "false")], bad: ["", "some"]),
    "allow_registration": Sample(good: [("on", "true"), ("off", "false")], bad: ["", "some"]),
    "user_keys": Sample(good: [("on", "true"), ("off", "false")], bad: ["", "some"]),
    "trusted_user_header": Sample(
      good: [
        ("off", "off"), ("X-Forwarded-User", "X-Forwarded-User"), ("OFF", "off"),
        ("Remote-User", "Remote-User"),
        ("Tailscale-User-Login", "Tailscale-User-Login"),
      ],
      bad: [
        "", "a", "X User", "X_User", "X:User", "ä-user", "-x-user", String(repeating: "x", count: 65),
        "Authorization", "cookie", "X-Api-Key", "User-Agent", "X-Forwarded-For", "x-stainless-user",
      ]),
    "oidc": Sample(
      good: [
        ("off", "off"),
        ("issuer=https://id.example.org,client_id=g", "issuer=https://id.example.org,client_id=g"),
        (
          "client_id=g,issuer=http://127.0.0.1:8080/realm/,client_secret_file=/run/a b",
          "issuer=http://127.0.0.1:8080/realm/,client_id=g,client_secret_file=/run/a b"
        ),
        (
          "issuer=https://[2001:db8::1]:8443/x,client_id=g,audience=a  b,scopes=openid groups,name=Our Firm,algorithms=EdDSA RS256,redirect_url=https://g/cb,claims.user=email,claims.teams=a.b,claims.scopes=s,allow=* @Example.ORG ml,teams=ml=x /a=b=y",
          "issuer=https://[2001:db8::1]:8443/x,client_id=g,audience=a b,scopes=openid groups,name=Our Firm,algorithms=RS256 EdDSA,redirect_url=https://g/cb,claims.user=email,claims.teams=a.b,claims.scopes=s,allow=* @example.org ml,teams=ml=x /a=b=y"
        ),
        (
          "issuer=https://i,client_id=g,algorithms=ES256 RS256 EdDSA,claims.user=preferred_username,scopes=openid profile email",
          "issuer=https://i,client_id=g"
        ),
      ],
      bad: [
        "", "on", "https://id.example.org", "issuer=https://i", "client_id=g", "issuer=,client_id=g",
        "issuer=https://i,client_id=", "issuer=http://i,client_id=g", "issuer=ftp://i,client_id=g",
        "issuer=https://,client_id=g", "issuer=https:///x,client_id=g", "issuer=https://i?x,client_id=g",
        "issuer=https://i#x,client_id=g", "issuer=https://u:p@i,client_id=g",
        "issuer=https://i:0,client_id=g",
        "issuer=https://i:x,client_id=g", "issuer=https://i:65536,client_id=g",
        "issuer=https://a b,client_id=g",
        "issuer=http://127.0.0.1.evil.org,client_id=g", "issuer=http://localhost:80@evil,client_id=g",
        "issuer=https://ä,client_id=g", "issuer=https://\(String(repeating: "i", count: 1100)),client_id=g",
        "issuer=https://i,client_id=g,client_id=h", "issuer=https://i,client_id=g,secret=x",
        "issuer=https://i,client_id=g,", "issuer=https://i,client_id=g,algorithms=none",
        "issuer=https://i,client_id=g,algorithms=HS256", "issuer=https://i,client_id=g,algorithms=",
        "issuer=https://i,client_id=g,scopes=profile", "issuer=https://i,client_id=g,allow=ml",
        "issuer=https://i,client_id=g,allow=@", "issuer=https://i,client_id=g,allow=a@b",
        "issuer=https://i,client_id=g,teams=ml=x", "issuer=https://i,client_id=g,claims.teams=t,teams=ml",
        "issuer=https://i,client_id=g,claims.teams=t,teams=ml=", "issuer=https://i,client_id=g,claims.user=",
        "issuer=https://i,client_id=g,claims.other=x", "issuer=https://i,client_id=g,name=",
        "issuer=https://i,client_id=g,redirect_url=http://g", "issuer=https://i,client_id=a b",
      ]),
    "base_path": Sample(
      good: [
        ("/", "/"), ("/ai", "/ai"), ("/ai/", "/ai"), ("/team/ai.v1", "/team/ai.v1"),
        ("/~a-b_c!$&'()*+,;=:@", "/~a-b_c!$&'()*+,;=:@"),
        ("/" + String(repeating: "p", count: 254), "/" + String(repeating: "p", count: 254)),
        ("/healthy", "/healthy"),
      ],
      bad: [
        "", "ai", "ai/", "//", "/ai//", "//ai", "/a//b", "/.", "/..", "/a/../b", "/a/.", "/ai?x", "/ai#x",
        "/a b", "/%61i",
        "/ä", "/a\\b", "/a\n", "/health", "/health/", "/health/ai", "http://a/ai",
        "/" + String(repeating: "p", count: 255),
      ]),
    "max_header": Sample(
      good: [("4096", "4KiB"), ("16KiB", "16KiB"), ("1MiB", "1MiB"), ("10000", "10KB")],
      bad: ["", "0", "4095", "2MiB", "12K", "-1"]),
    "max_body": Sample(
      good: [
        ("65536", "64KiB"), ("64MiB", "64MiB"), ("64mb", "64MB"), ("1000000", "1MB"), ("1025", "1025"),
        ("1GiB", "1GiB"), ("1500b", "1500"),
        ("1TiB", "1TiB"),
      ],
      bad: [
        "", "0", "1023", "-1", "64M", "64 MiB", "1.5GiB", "MiB", "2TiB", "9999999999TiB",
        "99999999999999999999",
      ]),
    "max_unsent": Sample(
      good: [("16MiB", "16MiB"), ("1GiB", "1GiB"), ("1TiB", "1TiB"), ("20000000", "20MB")],
      bad: ["", "0", "16777215", "2TiB", "-1", "1.5GiB"]),
    "max_connections": Sample(good: [("1", "1"), ("1000000", "1000000")], bad: ["0", "1000001", "many"]),
    "connect_timeout": duration([("10ms", "10ms")], bad: ["0", "9ms", "off"]),
    "first_byte_timeout": duration([("off", "off"), ("OFF", "off")], bad: ["0s", "no", "none"]),
    "idle_timeout": duration([("off", "off")], bad: ["0s", "false"]),
    "heartbeat": duration([("off", "off"), ("1s", "1s")], bad: ["0", "on"]),
    "queue_lines": duration([("off", "off"), ("1s", "1s")], bad: ["0", "on"]),
    "header_timeout": duration(bad: ["0s", "off"]),
    "send_timeout": duration(bad: ["0s", "off"]),
    "keep_alive_timeout": duration([("75", "75s")], bad: ["0", "off"]),
    "drain_timeout": duration([("0", "0s"), ("0ms", "0s")], bad: ["off"]),
    "context_messages": Sample(good: [("0", "0"), ("10000", "10000")], bad: ["-1", "10001"]),
    "context_bytes": Sample(good: [("0", "0"), ("256KiB", "256KiB")], bad: ["65MiB", "-1"]),
    "session_ttl": Sample(
      good: [("24h", "24h"), ("8760h", "8760h"), ("OFF", "off")], bad: ["0", "8761h", "999ms"]),
    "store": Sample(
      good: [
        ("auto", "auto"), ("memory", "memory"), ("sqlite:/var/lib/g.db", "sqlite:/var/lib/g.db"),
        ("sqlite:g.db", "sqlite:g.db"),
        ("postgresql://u@h:5432/d?sslmode=require", "postgresql://u@h:5432/d?sslmode=require"),
        ("postgres://h1:5432,h2:5432/d", "postgres://h1:5432,h2:5432/d"),
        ("postgresql:///d?host=/run/p", "postgresql:///d?host=/run/p"),
        ("postgresql://u@%2Frun%2Fp/passwords", "postgresql://u@%2Frun%2Fp/passwords"),
        ("postgresql://u%40corp@[::1]:5432,h/d", "postgresql://u%40corp@[::1]:5432,h/d"),
        ("postgresql://h/d?sslkey=/k&passfile=/p", "postgresql://h/d?sslkey=/k&passfile=/p"),
      ],
      bad: [
        "", "Memory", "sqlite", "sqlite:", "sqlite:/var/lib/", "sqlite:/a\nb", "/var/lib/g.db",
        "postgresql:d",
        "postgresql://u:secret@h/d", "postgresql://u@h/d?password=secret", "postgresql://h/d?a=b&password=x",
        "postgresql://h/d?pass%77ord=x", "mysql://h/d", "redis://h",
        "sqlite:" + String(repeating: "p", count: 4096),
      ]),
    "store_password_file": Sample(
      good: [("/run/secret", "/run/secret"), ("off", "off")], bad: ["", String(repeating: "p", count: 4097)]),
    "durability": Sample(good: [("full", "full"), ("RELAXED", "relaxed")], bad: ["", "none", "on"]),
    "store_timeout": Sample(
      good: [("100ms", "100ms"), ("10", "10s"), ("10m", "10m")], bad: ["99ms", "601s", "off", ""]),
    "store_max": Sample(good: [("16MiB", "16MiB"), ("10GiB", "10GiB")], bad: ["", "15MiB", "off", "-1"]),
    "max_websockets": Sample(good: [("1", "1"), ("1000000", "1000000")], bad: ["0", "1000001", "-1"]),
    "max_turns": Sample(good: [("1", "1"), ("1000000", "1000000")], bad: ["0", "1000001", "-1"]),
    "max_sessions": Sample(good: [("1", "1"), ("off", "off")], bad: ["0", "10000001"]),
    "shared_sessions": Sample(
      good: [("true", "true"), ("no", "false"), ("1", "true"), ("OFF", "false")],
      bad: ["", "maybe", "2", "truee"]),
    "session_grace": duration([("0", "0s")]),
    "log_level": Sample(good: [("trace", "trace"), ("WARNING", "warning")], bad: ["", "warn", "verbose"]),
    "log_format": Sample(good: [("json", "json"), ("Text", "text")], bad: ["", "xml"]),
  ]
}

/// Resolves without the machine: 4 cores, any number of descriptors, nothing from the process's environment.
func resolve(
  flags: [String: [String]] = [:], file: String? = nil, environment: [String: String] = [:]
) throws(ConfigurationError) -> EffectiveConfiguration {
  try EffectiveConfiguration(
    flags: flags, configFile: file, environment: environment, cores: 4, hardDescriptorLimit: .max)
}
