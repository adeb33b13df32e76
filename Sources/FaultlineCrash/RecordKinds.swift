// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash

/// Which parts of a scope to read.
package struct RecordKinds: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    private init(_ kind: fl_record_kind) {
        rawValue = 1 << kind.rawValue
    }

    package static let tags = RecordKinds(FL_RECORD_TAG)
    package static let contexts = RecordKinds(FL_RECORD_CONTEXT)
    package static let extra = RecordKinds(FL_RECORD_EXTRA)
    package static let user = RecordKinds(FL_RECORD_USER)
    package static let level = RecordKinds(FL_RECORD_LEVEL)
    package static let transaction = RecordKinds(FL_RECORD_TRANSACTION)
    package static let request = RecordKinds(FL_RECORD_REQUEST)
    package static let fingerprint = RecordKinds(FL_RECORD_FINGERPRINT)
    package static let breadcrumbs = RecordKinds(FL_RECORD_BREADCRUMB)
    /// Of error events only.
    package static let flags = RecordKinds(FL_RECORD_FLAG)
    /// Of crash reports only, for recovery: no server knows the member.
    static let attachments = RecordKinds(FL_RECORD_ATTACHMENT)
    static let unfinished = RecordKinds(FL_RECORD_UNFINISHED)
    package static let all: RecordKinds = [
        .tags, .contexts, .extra, .user, .level, .transaction, .request, .fingerprint, .breadcrumbs, .flags,
    ]
}
