import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPTIONS = 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic';

/** What waits for its endpoint, and who lets it go. Both tables hold only what is out of the ordinary at this moment. */
export class Gate1790000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Null: no limit; max_in_flight null: as many as the workers' windows allow.
    // failing_since: when the first of nothing but failures was, once they have lasted a while.
    await runner.query(
      `alter table endpoints
         add column rate_limit_per_second double null after timeout_ms,
         add column max_in_flight int unsigned null after rate_limit_per_second,
         add column ordered boolean not null default false after max_in_flight,
         add column failing_since datetime(3) null after disabled_reason`,
    );
    // A row for each endpoint that is gated now. `closed` rows are told to every process, then removed.
    await runner.query(
      `create table gates (
        endpoint_id binary(16) not null primary key,
        tenant_id binary(16) not null,
        closed boolean not null default false,
        owner binary(16) null,
        lease_until datetime(3) null,
        circuit varchar(16) character set ascii not null default 'CLOSED',
        opened_at datetime(3) null,
        probe_at datetime(3) null,
        probes int unsigned not null default 0,
        retry_after_until datetime(3) null,
        throttles int unsigned not null default 0,
        drop_older_than datetime(3) null,
        drop_superseded boolean not null default false,
        drop_from bigint unsigned null,
        drop_to bigint unsigned null,
        changed_at datetime(3) not null,
        key gates_lease (closed, lease_until),
        key gates_owner (owner),
        key gates_changed (changed_at)
      ) ${OPTIONS}`,
    );
    // position: publish order. lane: the ordering key's hash, zeroes for none. released_at: null while it waits;
    // a row stays until what was released has ended, so that whoever takes the gate over knows of it.
    await runner.query(
      `create table gate_queue (
        position bigint unsigned not null auto_increment,
        endpoint_id binary(16) not null,
        tenant_id binary(16) not null,
        delivery_id binary(16) not null,
        reason varchar(16) character set ascii not null,
        lane binary(16) not null,
        held_at datetime(3) not null,
        released_at datetime(3) null,
        released_by binary(16) null,
        primary key (endpoint_id, position),
        unique key gate_queue_position (position),
        unique key gate_queue_delivery (delivery_id),
        key gate_queue_waiting (endpoint_id, released_at, position),
        key gate_queue_lane (endpoint_id, lane, position),
        key gate_queue_reason (reason, released_at)
      ) ${OPTIONS}`,
    );
    // What was held before there was a gate.
    await runner.query(
      `insert into gate_queue (endpoint_id, tenant_id, delivery_id, reason, lane, held_at)
       select endpoint_id, tenant_id, id, coalesce(held_because, 'PAUSED'),
         coalesce(left(unhex(sha2(ordering_key, 256)), 16), repeat(char(0), 16)), updated_at
       from deliveries where status = 3 order by id`,
    );
    await runner.query(
      `insert into gates (endpoint_id, tenant_id, changed_at)
       select distinct endpoint_id, tenant_id, utc_timestamp(3) from gate_queue`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table gate_queue');
    await runner.query('drop table gates');
    await runner.query(
      `alter table endpoints drop column rate_limit_per_second, drop column max_in_flight, drop column ordered,
         drop column failing_since`,
    );
  }
}
