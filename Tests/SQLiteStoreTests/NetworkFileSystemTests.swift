import GatewayTesting
import Testing

@testable import SQLiteStore

@Suite struct NetworkFileSystemTests {
  private let table = """
    22 28 0:21 / /proc rw,nosuid - proc proc rw
    28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
    40 28 0:52 / /mnt/nfs rw,relatime shared:9 master:2 - nfs4 server:/export rw,vers=4.2
    41 28 0:53 / /mnt/smb rw - cifs //server/share rw
    42 28 0:54 / /mnt/ssh rw - fuse.sshfs me@host:/ rw
    43 28 0:55 / /mnt/ntfs rw - fuseblk /dev/sdb1 rw
    44 28 0:56 / /mnt/9p rw - 9p host rw
    45 28 0:57 /
    46 28 0:58 / /mnt/end rw -
    """

  @Test(
    arguments: [
      ("0:52", "nfs4"), ("0:53", "cifs"), ("0:54", "fuse.sshfs"), ("0:56", "9p"), ("254:1", nil),
      ("0:55", nil),
      ("0:57", nil), ("0:58", nil), ("9:9", nil), ("0:5", nil), ("", nil),
    ] as [(String, String?)])
  func isToldByItsName(_ device: String, _ type: String?) {
    #expect(NetworkFileSystem.type(of: device, in: table) == type)
  }

  /// The process sees a table of mounts by which its folder is another machine's.
  @Test(.enabled(if: Privileges.canMount), arguments: ["service", "beside", "exclusive"])
  func isRefusedWithWords(_ mode: String) throws {
    let folder = Folder()
    let path = folder.folder.path
    let script = """
      mount -t tmpfs tmpfs \(path) && sed '\\|\(path) |s/ - tmpfs / - nfs4 /' /proc/self/mountinfo > \(path)/mounts \
      && mount --bind \(path)/mounts /proc/$$/mountinfo && exec "$0" "$@"
      """
    let process = try StoreProcess(
      ["open", folder.path, mode], under: ["unshare", "-m", "sh", "-c", script])
    let line = process.line() ?? ""
    #expect(line.hasPrefix("unusable: the store \(folder.path): "), "\(line)")
    #expect(line.contains("on a network file system (nfs4)") && line.contains("--store postgresql://"))
  }

  @Test func aDiskIsNone() {
    #expect(NetworkFileSystem.type(ofFolder: "/") == nil)
    #expect(NetworkFileSystem.type(ofFolder: "/nowhere") == nil)
  }
}
