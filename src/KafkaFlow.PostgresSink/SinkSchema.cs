using System.Text;
using Npgsql;

namespace KafkaFlow.PostgresSink;

/// <summary>Creates tables, indexes and view, and holds what is there against what is expected.</summary>
public static class SinkSchema
{
    /// <summary>Sinks that start together create the schema one after the other.</summary>
    private const long AdvisoryLock = 0x6B61666B61666C6F;

    private const string ColumnsQuery =
        "select table_name, column_name, data_type from information_schema.columns "
        + "where table_schema = current_schema() and table_name = any($1)";

    private const string ViewQuery = "select to_regclass('event_json') is not null";

    /// <summary>Idempotent; existing tables are never changed.</summary>
    /// <param name="postgres">URI or Npgsql string.</param>
    /// <exception cref="SinkException">A table of that name has other columns: names each.</exception>
    /// <exception cref="NpgsqlException">Postgres does not answer, or refuses.</exception>
    public static async Task CreateAsync(string postgres, CancellationToken cancel)
    {
        var address = PostgresAddress.Parse(postgres);
        address.Pooling = false;
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await RunAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLock})", cancel);
        await RunAsync(connection, TableDdl(), cancel);
        await CheckAsync(connection, PostgresAddress.Describe(postgres), cancel);
        await using (var view = new NpgsqlCommand(ViewQuery, connection))
            if (await view.ExecuteScalarAsync(cancel) is not true) await RunAsync(connection, ViewDdl(), cancel);
        await transaction.CommitAsync(cancel);
    }

    internal static string TableDdl()
    {
        var ddl = new StringBuilder("set local client_min_messages = warning;\n");
        Table(ddl, SinkTables.Event, SinkTables.EventColumns, "primary key (execution_id, seq)");
        Table(ddl, SinkTables.Execution, SinkTables.ExecutionColumns, null);
        Table(ddl, SinkTables.SinkOffset, SinkTables.SinkOffsetColumns, "primary key (topic, partition)");
        Table(
            ddl, SinkTables.EventRejected, SinkTables.EventRejectedColumns,
            "primary key (topic, partition, \"offset\")");
        ddl.Append("create index if not exists execution_started_at_idx on execution (started_at desc);\n");
        return ddl.ToString();
    }

    private static string ViewDdl()
    {
        var columns = SinkTables.EventColumns.Select(
            c => SinkTables.JsonColumns.Contains(c.Name) ? $"{c.Name}::json as {c.Name}" : c.Name);
        return $"create view event_json as select {string.Join(", ", columns)} from event";
    }

    private static void Table(StringBuilder ddl, string name, IReadOnlyList<SinkColumn> columns, string? constraint)
    {
        var lines = columns.Select(c => $"{c.Name} {c.Type} {c.Constraint}".TrimEnd());
        if (constraint is not null) lines = lines.Append(constraint);
        ddl.Append(System.Globalization.CultureInfo.InvariantCulture,
            $"create table if not exists {name} (\n  {string.Join(",\n  ", lines)}\n);\n");
    }

    /// <returns>One sentence per column that is not as expected, tables that are not there included.</returns>
    public static async Task<IReadOnlyList<string>> DifferencesAsync(
        NpgsqlConnection connection, CancellationToken cancel)
    {
        var expected = new Dictionary<string, IReadOnlyList<SinkColumn>>
        {
            [SinkTables.Event] = SinkTables.EventColumns, [SinkTables.Execution] = SinkTables.ExecutionColumns,
            [SinkTables.SinkOffset] = SinkTables.SinkOffsetColumns,
            [SinkTables.EventRejected] = SinkTables.EventRejectedColumns,
        };
        var found = new Dictionary<(string, string), string>();
        await using var query = new NpgsqlCommand(ColumnsQuery, connection);
        query.Parameters.Add(new() { Value = expected.Keys.ToArray() });
        await using (var reader = await query.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                found[(reader.GetString(0), reader.GetString(1))] = reader.GetString(2);
        return expected.SelectMany(table => table.Value
            .Select(c => c with { Name = c.Name.Trim('"') })
            .Select(c => (c.Name, c.Type, Found: found.GetValueOrDefault((table.Key, c.Name))))
            .Where(c => c.Found != c.Type)
            .Select(c => $"{table.Key}.{c.Name}: expected {c.Type}, found {c.Found ?? "no such column"}")).ToList();
    }

    private static async Task CheckAsync(NpgsqlConnection connection, string where, CancellationToken cancel)
    {
        var problems = await DifferencesAsync(connection, cancel);
        if (problems.Count > 0)
            throw new SinkException(
                $"Postgres {where} has tables of other columns: {string.Join("; ", problems)}. "
                + "Use a database or a schema (search_path) of its own for the sink.");
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
