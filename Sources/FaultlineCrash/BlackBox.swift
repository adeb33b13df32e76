// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol

/// Names one scope in the black box for as long as it lives; 0 names none, and is harmless everywhere.
package typealias ScopeHandle = UInt64

/// Scopes, kept already serialised in memory that survives the process (a mapped file, once a run has one).
///
/// A scope is its slot in the box; there is no second copy in Swift. Every function is thread-safe, never throws and
/// never blocks on I/O. What does not fit is dropped and counted in the box.
package enum BlackBox {
    /// Lives as long as the process; the lowest layer of every merge.
    package static let global: ScopeHandle = 1 << 32
    /// The isolation scope of everything that runs outside of a request.
    package static let root: ScopeHandle = 1 << 32 | 1

    /// The current scope of everything that runs in no block of its own.
    package static let block: ScopeHandle = 1 << 32 | 2

    package enum Kind: Sendable {
        case isolation, current
    }

    /// A copy of `parent` that changes independently. 0 when the box is full. Free it once.
    /// - Complexity: O(1).
    package static func fork(_ parent: ScopeHandle, _ kind: Kind) -> ScopeHandle {
        guard fl_box_open() else { return 0 }
        return fl_scope_fork(parent, kind == .isolation ? FL_SCOPE_KIND_ISOLATION : FL_SCOPE_KIND_CURRENT)
    }

    package static func free(_ scope: ScopeHandle) {
        fl_scope_free(scope)
    }

    /// Tags, contexts, user, breadcrumbs: everything.
    package static func clear(_ scope: ScopeHandle) {
        fl_scope_clear(scope)
    }

    package static func clearBreadcrumbs(_ scope: ScopeHandle) {
        fl_scope_clear_breadcrumbs(scope)
    }

    /// Where the task-local value at `key` lies; nil: none is bound. The binding keeps it alive while the calling task
    /// runs.
    /// - Parameter key: the address of the `TaskLocal` object.
    @inline(__always)
    package static func boundValue(_ key: UnsafeRawPointer) -> UnsafeRawPointer? { fl_as_task_local(key) }

    /// The two handles that such a value begins with, without retaining it.
    @inline(__always)
    package static func boundHandles(_ key: UnsafeRawPointer) -> (isolation: ScopeHandle, current: ScopeHandle)? {
        guard let value = boundValue(key) else { return nil }
        return (
            value.load(as: ScopeHandle.self),
            value.load(fromByteOffset: MemoryLayout<ScopeHandle>.size, as: ScopeHandle.self)
        )
    }

    /// What scopes say together.
    package struct Text {
        /// Where it was read to: given back when the last copy of this value is gone.
        private final class Place {
            let memory: UnsafeMutablePointer<fl_reader_memory>
            init(_ memory: UnsafeMutablePointer<fl_reader_memory>) { self.memory = memory }
            deinit { fl_reader_give(memory) }
        }

        private let place: Place?
        /// Bytes of the members.
        package let count: Int

        fileprivate init() { (place, count) = (nil, 0) }

        /// - Parameter memory: holds the text; taken over.
        fileprivate init(_ memory: UnsafeMutablePointer<fl_reader_memory>, count: Int, _ summary: fl_box_summary) {
            place = Place(memory)
            self.count = count
            kinds = RecordKinds(rawValue: summary.kinds)
            isMarked = summary.is_marked
            extras = Int(summary.extras)
            breadcrumbs = Int(summary.breadcrumbs)
            keptBreadcrumbs = Int(summary.kept)
        }

        /// The members as JSON, each preceded by a comma: `,"tags":{…},"user":{…}`.
        package var members: [UInt8] {
            var bytes: [UInt8] = []
            append(to: &bytes)
            return bytes
        }

        /// Puts the members behind other text.
        package func append(to bytes: inout [UInt8]) {
            guard let place, let start = place.memory.pointee.text else { return }
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        }

        /// Which of them there are.
        package var kinds: RecordKinds = []
        /// Something in them was filtered, or is to be trimmed.
        package var isMarked = false
        /// How many members `extra` has.
        package var extras = 0
        /// How many breadcrumbs were added in all, those that are not kept any more included.
        package var breadcrumbs = 0
        /// How many of them are in `members`.
        package var keptBreadcrumbs = 0

        /// The members as a tree; empty when the text cannot be read.
        package var fields: Fields {
            guard !members.isEmpty else { return [:] }
            let object = [UInt8(ascii: "{")] + members.dropFirst() + [UInt8(ascii: "}")]
            return (try? JSONValue(parsing: object))?.objectValue ?? [:]
        }
    }

    /// The members of the merged scopes as JSON text, later scopes over earlier ones, each member preceded by a comma:
    /// `,"tags":{…},"user":{…}`. Empty when there is nothing to say.
    package static func members(of scopes: [ScopeHandle], kinds: RecordKinds = .all) -> [UInt8] {
        text(of: scopes, kinds: kinds).members
    }

    /// The same, and what else there is to know of it.
    package static func text(of scopes: [ScopeHandle], kinds: RecordKinds = .all) -> Text {
        guard fl_box_open() else { return Text() }
        return text(of: scopes, kinds: kinds, in: fl_as_box_live())
    }

    /// The same from any box: a dead run's, read from its file.
    static func text(of scopes: [ScopeHandle], kinds: RecordKinds, in view: fl_box_view) -> Text {
        guard let memory = fl_reader_take() else { return Text() }
        repeat {
            var summary = fl_box_summary()
            guard let start = memory.pointee.text else { break }
            var buffer = fl_as_buffer(start: start, at: start, end: start + memory.pointee.capacity, full: false)
            guard
                fl_as_box_read(
                    view, scopes, scopes.count, kinds.rawValue, memory.pointee.scratch, &buffer, &summary)
            else { continue }
            return Text(memory, count: buffer.at - start, summary)
        } while fl_reader_grow(memory)
        fl_reader_give(memory)
        return Text()
    }
}
