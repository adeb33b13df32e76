// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import GRDB

extension Store {
    /// Times are RFC 3339 text in UTC with six decimals (`Timestamp.description`), which sorts as time does and can be
    /// read in the `sqlite3` shell.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("envelopes, events and issues") { db in
            try db.execute(
                sql: """
                    create table project (
                        id text primary key not null,
                        public_key text not null
                    );
                    -- As they came, decompressed: also the items that nothing here understands yet.
                    create table envelope (
                        id integer primary key not null,
                        project text not null references project (id),
                        received_at text not null,
                        event_id text,
                        body blob not null
                    );
                    create table issue (
                        id integer primary key not null,
                        project text not null references project (id),
                        fingerprint text not null,
                        title text not null,
                        culprit text not null,
                        level text not null,
                        events integer not null,
                        first_seen text not null,
                        last_seen text not null,
                        unique (project, fingerprint)
                    );
                    create index issue_by_last_seen on issue (last_seen);
                    create table event (
                        id integer primary key not null,
                        project text not null references project (id),
                        event_id text not null,
                        issue integer not null references issue (id),
                        envelope integer not null references envelope (id),
                        received_at text not null,
                        payload blob not null,
                        unique (project, event_id)
                    );
                    create index event_by_issue on event (issue);
                    """)
        }
        return migrator
    }
}
#endif
