// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The container that this process runs in, and its place in Kubernetes, as far as that is to be had without asking
/// anybody.
struct Container: Equatable {
    /// 64 hex digits, as `docker ps --no-trunc` and `crictl ps --no-trunc` show them.
    private(set) var id: String?
    /// `docker`, `containerd`, `cri-o`, `podman`, or what the variable `container` says (systemd's container interface).
    private(set) var runtime: String?
    /// `pod_name`, `namespace`, `node_name`.
    private(set) var kubernetes: Fields = [:]

    /// Where there is no sign of a container, that is the price: three files that are not there.
    init(_ files: SystemFiles, _ variable: (String) -> String?) {
        let isInKubernetes = variable("KUBERNETES_SERVICE_HOST") != nil
        let groups = files.text("/proc/self/cgroup") ?? ""
        (id, runtime) = Self.find(inGroups: groups)
        if files.exists("/.dockerenv") {
            runtime = "docker"
        } else if files.exists("/run/.containerenv") {
            runtime = "podman"
        } else if let name = variable("container"), name.utf8.count <= 32 {
            runtime = name
        }
        guard isInKubernetes || runtime != nil else { return }
        // In a cgroup namespace a group's path is `/`; what is mounted over files like /etc/hostname still tells.
        if id == nil, let mounts = files.text("/proc/self/mountinfo", limit: 64 << 10) {
            id = Self.find(inMounts: mounts)
        }
        if isInKubernetes { kubernetes = Self.place(files, variable) }
    }

    /// The usual names of the downward API
    /// (https://kubernetes.io/docs/concepts/workloads/pods/downward-api/); a pod's host name is its name.
    private static func place(_ files: SystemFiles, _ variable: (String) -> String?) -> Fields {
        let secrets = "/var/run/secrets/kubernetes.io/serviceaccount/"
        let names = [
            ("pod_name", variable("POD_NAME") ?? variable("HOSTNAME")),
            ("namespace", variable("POD_NAMESPACE") ?? files.word(secrets + "namespace").map(String.init)),
            ("node_name", variable("NODE_NAME")),
        ]
        var fields: Fields = [:]
        // A name is at most 253 characters (RFC 1123).
        for (key, value) in names { fields[key] = value.map { .string(String($0.prefix(253))) } }
        return fields
    }

    // MARK: - Identifiers

    /// `/docker/<id>`, `…/cri-containerd-<id>.scope`, `…/libpod-<id>.scope`, `/kubepods/…/<id>`.
    private static func find(inGroups text: String) -> (id: String?, runtime: String?) {
        let runtimes = ["docker": "docker", "cri-containerd": "containerd", "crio": "cri-o", "libpod": "podman"]
        for line in SystemFiles.lines(text) {
            let names = line.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
            guard var name = names.last else { continue }
            if name.hasSuffix(".scope") { name.removeLast(6) }
            guard name.utf8.count >= 64, isIdentifier(name.suffix(64)) else { continue }
            let before = name.dropLast(64)
            let kind = before.isEmpty ? names.dropLast().last ?? "" : before.hasSuffix("-") ? before.dropLast() : before
            return (String(name.suffix(64)), runtimes[String(kind)])
        }
        return (nil, nil)
    }

    /// `/var/lib/docker/containers/<id>/hostname`, `…/overlay-containers/<id>/userdata/hostname`: the fourth field of a line
    /// is what is mounted, the fifth where (proc_pid_mountinfo(5)).
    private static func find(inMounts text: String) -> String? {
        for line in SystemFiles.lines(text) {
            let fields = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 5)
            guard fields.count > 5, fields[4].elementsEqual("/etc/hostname".utf8) else { continue }
            let names = fields[3].split(separator: UInt8(ascii: "/")).map { Substring($0) }
            guard let at = names.firstIndex(where: { $0 == "containers" || $0 == "overlay-containers" }),
                at + 1 < names.count, isIdentifier(names[at + 1])
            else { continue }
            return String(names[at + 1])
        }
        return nil
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// `contexts.container`; nil outside of one.
    var context: Fields? {
        var fields: Fields = [:]
        fields["id"] = id.map { .string($0) }
        fields["runtime"] = runtime.map { .string($0) }
        return fields.isEmpty ? nil : fields
    }
}
