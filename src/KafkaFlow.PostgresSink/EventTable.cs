using Npgsql;
using NpgsqlTypes;

namespace KafkaFlow.PostgresSink;

/// <summary>Table <c>event</c>, filled by binary COPY into a temporary table of the connection and one
/// insert.</summary>
internal static class EventTable
{
    internal const string PrepareConnection =
        "create temp table if not exists event_staging (n int not null, like event) on commit delete rows";

    private const string ClearStaging = "delete from event_staging";

    private static readonly string Copy =
        $"copy event_staging (n, {SinkTables.EventColumnList}) from stdin (format binary)";

    private static readonly string Insert =
        $"insert into event ({SinkTables.EventColumnList}) select {SinkTables.EventColumnList} from event_staging "
        + "order by n on conflict (execution_id, seq) do nothing";

    /// <summary>Staged rows whose place is taken by a row that differs in any column.</summary>
    private static readonly string Divergent =
        "select s.n from event_staging s join event e on e.execution_id = s.execution_id and e.seq = s.seq "
        + $"where ({Qualified("s")}) is distinct from ({Qualified("e")}) order by s.n";

    /// <summary>Inserts rows [from, to) of the batch.</summary>
    /// <returns>How many were new, and the indexes of those that diverge from what is there.</returns>
    public static (int Inserted, List<int> Divergent) Write(
        NpgsqlConnection connection, IReadOnlyList<EventRow> rows, int from, int to)
    {
        Stage(connection, rows, from, to);
        using var insert = new NpgsqlCommand(Insert, connection);
        var inserted = insert.ExecuteNonQuery();
        var divergent = new List<int>();
        if (inserted == to - from) return (inserted, divergent);
        using var query = new NpgsqlCommand(Divergent, connection);
        using var reader = query.ExecuteReader();
        while (reader.Read()) divergent.Add(reader.GetInt32(0));
        return (inserted, divergent);
    }

    public static void Clear(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(ClearStaging, connection);
        command.ExecuteNonQuery();
    }

    private static void Stage(NpgsqlConnection connection, IReadOnlyList<EventRow> rows, int from, int to)
    {
        using var copy = connection.BeginBinaryImport(Copy);
        for (var n = from; n < to; n++)
        {
            copy.StartRow();
            copy.Write(n, NpgsqlDbType.Integer);
            foreach (var (value, type) in SinkTables.ValuesOf(rows[n].Event))
            {
                if (value is null) copy.WriteNull();
                else copy.Write(value, type);
            }
        }
        copy.Complete();
    }

    private static string Qualified(string table) =>
        string.Join(", ", SinkTables.EventColumns.Select(c => $"{table}.{c.Name}"));
}
