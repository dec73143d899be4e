using KafkaFlow.Contracts;
using KafkaFlow.PostgresSink;
using Npgsql;

namespace KafkaFlow.Cli.Local;

/// <summary>Facts as the table <c>event</c> holds them.</summary>
internal static class EventRows
{
    private static readonly string Query =
        $"select {string.Join(", ", SinkTables.EventColumns.Select(c => c.Name))} from event "
        + "where execution_id = $1 order by seq";

    /// <param name="partition">Of the execution's commands: the table does not hold it, the folded state does.</param>
    public static async Task<IReadOnlyList<ExecutionEvent>> ReadAsync(
        NpgsqlDataSource source, string executionId, int partition, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Query);
        command.Parameters.AddWithValue(executionId);
        var facts = new List<ExecutionEvent>();
        await using var row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel)) facts.Add(Read(row, partition));
        return facts;
    }

    /// <summary>Every column of the table is equal.</summary>
    public static bool AreSame(ExecutionEvent fact, ExecutionEvent row) =>
        row == fact with
        {
            Epoch = row.Epoch, Part = row.Part, Parts = row.Parts,
            CausePartition = row.CausePartition, CauseOffset = row.CauseOffset,
        };

    private static ExecutionEvent Read(NpgsqlDataReader row, int partition)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        int? Int(int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
        return new ExecutionEvent
        {
            ExecutionId = row.GetString(0), Seq = row.GetInt64(1), EventId = row.GetString(2), ParentEventId = Text(3),
            EventType = row.GetString(4), Status = row.GetString(5), ParentExecutionId = Text(6),
            PlaybookPath = Text(7),
            ContentHash = Text(8), NodeId = Text(9), NodeName = Text(10), NodeType = Text(11), Activation = Text(12),
            WorkerId = Text(13), Traceparent = Text(14), PlaybookVersion = Int(15), Attempt = Int(16),
            Context = Text(17), Result = Text(18), Meta = Text(19), Error = Text(20),
            DurationMs = row.IsDBNull(21) ? null : row.GetInt64(21),
            CreatedAt = Timestamp.FromDateTime(row.GetDateTime(22)),
            // The table holds decided history only: term and offset are the log's business.
            Epoch = 0, Part = 1, Parts = 1, CausePartition = partition, CauseOffset = 0,
        };
    }
}
