// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Whose machine this is, where the platform's variables say it. Metadata services, which know more, are not asked: that
/// is a request, and often a forbidden one.
///
/// Source: [Cloud resource context](https://develop.sentry.dev/sdk/foundations/data-model/event-payloads/contexts/); the
/// values are those of [OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/resource/cloud/).
enum CloudResource {
    /// `contexts.cloud_resource`; nil when no variable tells.
    static func context(_ variable: (String) -> String?) -> Fields? {
        if let kind = variable("AWS_EXECUTION_ENV") {
            let platform = kind.hasPrefix("AWS_ECS") ? "aws_ecs" : kind.hasPrefix("AWS_Lambda") ? "aws_lambda" : nil
            return fields("aws", platform, region: variable("AWS_REGION"))
        }
        if variable("K_SERVICE") != nil { return fields("gcp", "gcp_cloud_run", region: nil) }
        if variable("GAE_SERVICE") != nil { return fields("gcp", "gcp_app_engine", region: nil) }
        if variable("CONTAINER_APP_NAME") != nil { return fields("azure", "azure_container_apps", region: nil) }
        if variable("WEBSITE_SITE_NAME") != nil {
            return fields("azure", "azure_app_service", region: variable("REGION_NAME"))
        }
        return nil
    }

    private static func fields(_ provider: String, _ platform: String?, region: String?) -> Fields {
        var fields: Fields = ["cloud.provider": .string(provider)]
        fields["cloud.platform"] = platform.map { .string($0) }
        fields["cloud.region"] = region.map { .string(String($0.prefix(64))) }
        return fields
    }
}
