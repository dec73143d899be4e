using KafkaFlow.PostgresSink;
using Npgsql;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>Reads what the sink has written.</summary>
internal static class Postgres
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<List<string>> RowsAsync(string address, string sql)
    {
        await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(address));
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetValue(0).ToString()!);
        return rows;
    }

    /// <summary>Waits until the query gives what is expected; fails with what it gave last.</summary>
    public static async Task EventuallyAsync(string address, string sql, IReadOnlyList<string> expected, TimeSpan limit)
    {
        var until = DateTime.UtcNow + limit;
        List<string> rows;
        while (!(rows = await RowsAsync(address, sql)).SequenceEqual(expected) && DateTime.UtcNow < until)
            await Task.Delay(Pause);
        Assert.Equal(expected, rows);
    }
}
