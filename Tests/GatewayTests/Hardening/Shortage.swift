import Glibc

/// Lets the library functions of a gateway's process fail for want of memory or of room in the kernel's tables, as long as
/// a test says so: a library that is loaded before theirs, and a folder in which a file of a shortage's name means that it
/// is on.
final class Shortage {
  enum Kind: String, CaseIterable {
    /// `curl_multi_add_handle` has no memory.
    case transfer
    /// `curl_easy_init` has none.
    case handle
    /// `curl_url` has none.
    case url
    /// `epoll_ctl` has no room for connections to Ollama (`ENOSPC`).
    case upstreamWatch
    /// `epoll_ctl` has no memory for connections of clients (`ENOMEM`).
    case clientWatch
  }

  private let folder: String

  /// - Parameter ollama: the port by which its connections are known.
  init(ollama: UInt16) throws {
    var template = Array("/tmp/shortage-XXXXXX".utf8CString)
    guard let path = mkdtemp(&template) else {
      throw GatewayProcess.ProcessError(description: "mkdtemp: \(errno)")
    }
    folder = String(cString: path)
    guard let file = fopen(folder + "/shortage.c", "w") else {
      throw GatewayProcess.ProcessError(description: "fopen: \(errno)")
    }
    defer { fclose(file) }
    fputs("#define FOLDER \"\(folder)\"\n#define OLLAMA \(ollama)\n" + Self.source, file)
  }

  deinit {
    for name in Kind.allCases.map(\.rawValue) + ["shortage.c", "shortage.so"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  /// Shell commands that build the library and have it loaded by what follows.
  var commands: String {
    "cc -shared -fPIC -o \(folder)/shortage.so \(folder)/shortage.c && export LD_PRELOAD=\(folder)/shortage.so "
      // The address sanitizer minds that something comes before it.
      + "ASAN_OPTIONS=\"$ASAN_OPTIONS:verify_asan_link_order=0\" && "
  }

  func begin(_ kind: Kind) { close(open("\(folder)/\(kind.rawValue)", O_CREAT | O_WRONLY, 0o600)) }

  func end(_ kind: Kind) { unlink("\(folder)/\(kind.rawValue)") }

  private static let source = #"""
    #define _GNU_SOURCE
    #include <arpa/inet.h>
    #include <dlfcn.h>
    #include <errno.h>
    #include <netinet/in.h>
    #include <sys/epoll.h>
    #include <sys/socket.h>
    #include <unistd.h>

    #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
    static int isOn(const char *path) {
      int saved = errno, result = access(path, F_OK) == 0;
      errno = saved;
      return result;
    }

    int curl_multi_add_handle(void *multi, void *easy) {
      return isOn(FOLDER "/transfer") ? 3 : REAL(curl_multi_add_handle)(multi, easy);
    }
    void *curl_easy_init(void) { return isOn(FOLDER "/handle") ? 0 : REAL(curl_easy_init)(); }
    void *curl_url(void) { return isOn(FOLDER "/url") ? 0 : REAL(curl_url)(); }

    int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event) {
      struct sockaddr_in peer = {0};
      socklen_t size = sizeof peer;
      if (operation == EPOLL_CTL_ADD && getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0) {
        int isOllamas = ntohs(peer.sin_port) == OLLAMA;
        if (isOllamas && isOn(FOLDER "/upstreamWatch")) return errno = ENOSPC, -1;
        if (!isOllamas && isOn(FOLDER "/clientWatch")) return errno = ENOMEM, -1;
      }
      return REAL(epoll_ctl)(epoll, operation, descriptor, event);
    }
    """#
}
