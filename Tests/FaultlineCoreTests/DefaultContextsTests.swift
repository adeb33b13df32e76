// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct DefaultContextsTests {
    private func contexts(
        _ files: SystemFiles = SystemFiles(), _ environment: [String: String] = [:],
        _ change: (inout Options) -> Void = { _ in }
    ) -> [String: Fields] {
        var options = Options()
        change(&options)
        let all = DefaultContexts.all(
            options.resolved { environment[$0] }.options, started: Timestamp("2026-08-21T09:30:00Z")!, files: files
        ) { environment[$0] }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0.value) })
    }

    @Test func `a distribution is told by os-release, without its quotes`() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID='12'\nnonsense\n=\n"
        let os = SystemFiles.of(["/etc/os-release": text]) { contexts($0) }["os"]
        #expect(os?["distribution_name"] == "debian")
        #expect(os?["distribution_version"] == "12")
        #expect(os?["distribution_pretty_name"] == "Debian GNU/Linux 12 (bookworm)")
        #expect(os?["name"] == "Linux")
    }

    @Test func `the app is the service, its version what stands behind the release's name`() {
        let app = contexts {
            $0.serviceName = "shop"
            $0.release = "shop@1.4.2+7"
            $0.dist = "7"
        }["app"]
        #expect(
            app == [
                "app_start_time": "2026-08-21T09:30:00.000000Z", "app_name": "shop", "app_version": "1.4.2+7",
                "app_build": "7",
            ])
        #expect(contexts { $0.release = "abc" }["app"]?["app_version"] == nil)
    }

    @Test func `the device is this machine`() throws {
        let device = try #require(contexts { $0.serverName = "web-1" }["device"])
        #expect(device["name"] == "web-1")
        #expect(try #require(device["processor_count"]?.integerValue) > 0)
        #expect(try #require(device["memory_size"]?.integerValue) > 1 << 20)
        let boot = try #require(device["boot_time"]?.stringValue.flatMap { Timestamp($0) })
        #expect(boot < Timestamp("2026-08-21T09:30:00Z")!)
    }

    @Test func `the runtime is the compiler's version`() {
        #expect(contexts()["runtime"]?["name"] == "Swift")
        #expect(contexts()["runtime"]?["version"]?.stringValue?.hasPrefix("6.") == true)
    }

    @Test func `a machine with nothing to tell gives no empty context`() {
        let bare = SystemFiles.of([:]) { contexts($0) }
        #expect(Set(bare.keys) == ["os", "runtime", "device", "app"])
    }

    @Test(
        arguments: [
            (["AWS_EXECUTION_ENV": "AWS_ECS_FARGATE", "AWS_REGION": "eu-central-1"], "aws", "aws_ecs", "eu-central-1"),
            (["K_SERVICE": "shop"], "gcp", "gcp_cloud_run", nil),
            (["CONTAINER_APP_NAME": "shop"], "azure", "azure_container_apps", nil),
        ] as [([String: String], String, String, String?)])
    func `a cloud's variables tell which it is`(
        environment: [String: String], provider: String, platform: String, region: String?
    ) {
        let cloud = SystemFiles.of([:]) { contexts($0, environment) }["cloud_resource"]
        #expect(cloud?["cloud.provider"]?.stringValue == provider)
        #expect(cloud?["cloud.platform"]?.stringValue == platform)
        #expect(cloud?["cloud.region"]?.stringValue == region)
    }
}
