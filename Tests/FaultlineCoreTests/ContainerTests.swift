// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct ContainerTests {
    private static let id = String(repeating: "0123456789abcdef", count: 4)

    private func container(_ files: [String: String], _ environment: [String: String] = [:]) -> Container {
        SystemFiles.of(files) { Container($0) { environment[$0] } }
    }

    @Test(
        arguments: [
            ("4:memory:/docker/ID", "docker"), ("0::/system.slice/docker-ID.scope", "docker"),
            ("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope", "containerd"),
            ("0::/kubepods.slice/crio-ID.scope", "cri-o"), ("0::/machine.slice/libpod-ID.scope", "podman"),
            ("4:memory:/kubepods/burstable/pod1/ID", nil),
        ] as [(String, String?)])
    func `the name of a control group tells id and runtime`(group: String, runtime: String?) {
        let group = group.replacing("ID", with: Self.id)
        let found = container(["/proc/self/cgroup": "1:name=systemd:/\n\(group)\n"])
        #expect(found.id == Self.id)
        #expect(found.runtime == runtime)
    }

    @Test func `in a namespace of its own, what lies over the host name's file tells the id`() {
        let mounts = """
            22 27 0:21 / /proc rw - proc proc rw
            40 27 8:1 /var/lib/docker/containers/\(Self.id)/hostname /etc/hostname rw - ext4 /dev/sda1 rw
            """
        let found = container(["/proc/self/cgroup": "0::/\n", "/.dockerenv": "", "/proc/self/mountinfo": mounts])
        #expect(found == container(["/proc/self/cgroup": "0::/docker/\(Self.id)\n", "/.dockerenv": ""]))
        #expect(found.context == ["id": .string(Self.id), "runtime": "docker"])
    }

    @Test func `podman and systemd's interface are known by their marks`() {
        #expect(container(["/run/.containerenv": ""]).runtime == "podman")
        #expect(container([:], ["container": "systemd-nspawn"]).runtime == "systemd-nspawn")
    }

    @Test func `outside of a container there is none, whatever is mounted`() {
        let found = container(
            [
                "/proc/self/cgroup": "0::/system.slice/shop.service\n",
                "/proc/self/mountinfo": "1 1 8:1 /containers/\(Self.id)/hostname /etc/hostname rw - ext4 a rw\n",
            ], ["HOSTNAME": "web-1", "POD_NAME": "shop"])
        #expect(found.context == nil)
        #expect(found.kubernetes.isEmpty)
    }

    @Test func `a pod is named by the downward API's variables`() {
        let environment = [
            "KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "other", "POD_NAME": "shop-7d9f-x2",
            "NODE_NAME": "node-3",
            "POD_NAMESPACE": "shop",
        ]
        #expect(
            container([:], environment).kubernetes
                == ["pod_name": "shop-7d9f-x2", "namespace": "shop", "node_name": "node-3"])
    }

    @Test func `without them by its host name and by the service account's namespace`() {
        let files = ["/var/run/secrets/kubernetes.io/serviceaccount/namespace": "shop"]
        let environment = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "shop-7d9f-x2"]
        #expect(container(files, environment).kubernetes == ["pod_name": "shop-7d9f-x2", "namespace": "shop"])
    }

    @Test(arguments: [
        "0::/docker-xyz.scope", "0::/docker/ABCDEF", "", "///", "0::/\(String(repeating: "G", count: 64))",
    ])
    func `what is no id is none`(group: String) {
        #expect(container(["/proc/self/cgroup": group + "\n"]).id == nil)
    }
}
