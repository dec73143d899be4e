using Npgsql;

namespace KafkaFlow.Workers.Postgres;

/// <summary>
/// One row per task that a database has executed, written in the transaction of its script: a task id that comes again
/// gets the stored result and changes nothing. Two executions at the same time wait for each other at the row.
/// </summary>
internal sealed class TaskLedger
{
    public const string Table = "kafkaflow_task_ledger";
    private const int KeepDays = 30;
    private readonly string _table;

    private TaskLedger(string table) => _table = table;

    /// <summary>Creates the table if it is missing and removes old rows.</summary>
    public static async Task<TaskLedger> OpenAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var schema = new NpgsqlCommand(
            "select quote_ident(coalesce(current_schema(), 'public'))", connection);
        var ledger = new TaskLedger($"{await schema.ExecuteScalarAsync(cancel)}.{Table}");
        // Creating needs a right on the schema even where the table is there.
        await using var look = CommandOf(connection, "select to_regclass($1) is not null", ledger._table);
        if (await look.ExecuteScalarAsync(cancel) is not true) await ledger.CreateAsync(connection, cancel);
        await ExecuteAsync(
            connection, $"delete from {ledger._table} where at < now() - interval '{KeepDays} days'", cancel);
        return ledger;
    }

    private async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // Two sessions that create one table at once trip over the catalog; the lock lets one wait.
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock(hashtext('{Table}'))", cancel);
        await ExecuteAsync(connection, $"""
            create table if not exists {_table} (
              task_id text primary key, task_hash text not null, result text, at timestamptz not null default now())
            """, cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <returns>The stored result if the task has run before, else null: now the row is taken.</returns>
    public async Task<string?> TakeAsync(
        NpgsqlConnection connection, string taskId, string taskHash, CancellationToken cancel)
    {
        // Other content under the same id is other work: its result replaces the first.
        var taken = await ExecuteAsync(connection, $"""
            insert into {_table} as l (task_id, task_hash) values ($1, $2)
            on conflict (task_id) do update set task_hash = $2, result = null where l.task_hash <> $2
            """, cancel, taskId, taskHash);
        if (taken > 0) return null;
        await using var select = CommandOf(connection, $"select result from {_table} where task_id = $1", taskId);
        return await select.ExecuteScalarAsync(cancel) as string ?? "null";
    }

    public Task StoreAsync(NpgsqlConnection connection, string taskId, string result, CancellationToken cancel) =>
        ExecuteAsync(
            connection, $"update {_table} set result = $2, at = now() where task_id = $1", cancel, taskId, result);

    private static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancel, params string[] values)
    {
        await using var command = CommandOf(connection, sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    private static NpgsqlCommand CommandOf(NpgsqlConnection connection, string sql, params string[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return command;
    }
}
