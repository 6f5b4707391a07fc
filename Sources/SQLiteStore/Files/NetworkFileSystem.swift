internal import Glibc

/// File systems of other machines, where a store cannot be: neither the locks nor the shared memory of SQLite hold there.
enum NetworkFileSystem {
  /// By the names of `/proc/self/mountinfo` (proc(5)).
  private static let types: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs",
    "fuse.ceph",
    "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "fuse.gcsfuse", "fuse.goofys",
    "fuse.juicefs",
    "fuse.smbnetfs", "fuse.curlftpfs", "fuse.moosefs", "fuse.mfs", "davfs",
  ]

  /// The kind of file system that a folder is on, where it is one of these; nil for a disk, and where nobody can tell.
  static func type(ofFolder folder: String) -> String? {
    var status = stat()
    guard stat(folder, &status) == 0 else { return nil }
    let device = UInt64(status.st_dev)
    // As makedev(3) has put them together.
    let major = (device >> 8) & 0xFFF | (device >> 32) & 0xFFFF_F000
    let minor = device & 0xFF | (device >> 12) & 0xFFFF_FF00
    guard let mounts = try? FileDescriptor("/proc/self/mountinfo", O_RDONLY),
      let table = try? mounts.read(limit: 4 << 20)
    else { return nil }
    return type(of: "\(major):\(minor)", in: String(decoding: table, as: UTF8.self))
  }

  /// - Parameters:
  ///   - device: major and minor number, as the table has them.
  ///   - table: of `/proc/self/mountinfo`.
  static func type(of device: String, in table: String) -> String? {
    for line in table.split(separator: "\n") {
      // ID, parent's ID, device, root, mount point, options, further fields, "-", type, source, options.
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == device, let mark = fields.firstIndex(of: "-"),
        mark + 1 < fields.count
      else { continue }
      let type = String(fields[mark + 1])
      return types.contains(type) ? type : nil
    }
    return nil
  }
}
