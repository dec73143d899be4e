using System.Diagnostics;
using System.Globalization;
using KafkaFlow.LocalServers;
using Npgsql;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>A database of the test's own, its tables read as text.</summary>
internal sealed class SinkDatabase(string connectionString)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public string ConnectionString { get; } =
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    public static async Task<SinkDatabase> CreateAsync(PostgresServer server)
    {
        var name = $"t{Guid.NewGuid():N}"[..16];
        await new SinkDatabase(server.ConnectionString).RunAsync($"create database {name}");
        return new(server.ConnectionStringFor(name));
    }

    public async Task<List<string[]>> QueryAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string[]>();
        while (await reader.ReadAsync()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(Text)]);
        return rows;

        string Text(int column) => reader.IsDBNull(column)
            ? "(null)"
            : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture)!;
    }

    public async Task RunAsync(string sql) => await QueryAsync(sql);

    public async Task<long> CountAsync(string table) =>
        long.Parse((await QueryAsync($"select count(*) from {table}"))[0][0], CultureInfo.InvariantCulture);

    /// <summary>Waits until the sink stands where the topic ends, then compares everything.</summary>
    public async Task AssertEqualsAsync(TopicTruth truth, string topic, string context)
    {
        await WaitForAsync(truth, context);
        const string eventKey = "execution_id || '/' || lpad(seq::text, 6, '0')";
        Same(truth.Events, await RowsAsync("event", SinkTables.EventColumns, eventKey), context);
        Same(truth.Executions, await RowsAsync("execution", SinkTables.ExecutionColumns, "execution_id"), context);
        var rejected = await QueryAsync(
            "select topic || '-' || partition || '@' || \"offset\", reason, bytes is null from event_rejected");
        Assert.Equal(truth.Rejected.Keys, rejected.Select(r => r[0]).Order(StringComparer.Ordinal));
        Assert.All(rejected, r => Assert.StartsWith(truth.Rejected[r[0]], r[1], StringComparison.Ordinal));
        Assert.All(rejected, r => Assert.Equal("False", r[2]));
        Assert.All(rejected, r => Assert.StartsWith(topic, r[0], StringComparison.Ordinal));
    }

    private async Task WaitForAsync(TopicTruth truth, string context)
    {
        var expected = truth.Offsets.Select(o => $"{o.Key} {o.Value.NextOffset} {o.Value.Epoch}").ToList();
        List<string> found = [];
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Limit; await Task.Delay(50))
        {
            found = [.. (await QueryAsync("select partition, next_offset, epoch from sink_offset order by 1"))
                .Select(r => string.Join(' ', r))];
            if (expected.All(found.Contains)) return;
        }
        Assert.Fail($"{context}: the cursors are {string.Join(", ", found)}; expected {string.Join(", ", expected)}");
    }

    private async Task<SortedDictionary<string, string[]>> RowsAsync(
        string table, IReadOnlyList<SinkColumn> columns, string key)
    {
        var values = columns.Select(c => c.Type.StartsWith("timestamp", StringComparison.Ordinal)
            ? $"(extract(epoch from {c.Name}) * 1000000)::bigint" : c.Name);
        var rows = await QueryAsync($"select {key}, {string.Join(", ", values)} from {table}");
        return new(rows.ToDictionary(r => r[0], r => r[1..]), StringComparer.Ordinal);
    }

    private static void Same(
        SortedDictionary<string, string[]> expected, SortedDictionary<string, string[]> found, string context)
    {
        Assert.True(expected.Keys.SequenceEqual(found.Keys),
            $"{context}: missing {string.Join(' ', expected.Keys.Except(found.Keys).Take(5))}, "
            + $"too many {string.Join(' ', found.Keys.Except(expected.Keys).Take(5))}");
        foreach (var (key, row) in expected)
            Assert.True(row.SequenceEqual(found[key]),
                $"{context}: {key}\nexpected {Shown(row)}\nfound    {Shown(found[key])}");
    }

    private static string Shown(string[] row) =>
        string.Join(" | ", row.Select(v => v.Length <= 60 ? v : $"{v[..60]}.."));
}
