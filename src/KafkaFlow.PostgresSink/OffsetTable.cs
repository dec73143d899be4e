using KafkaFlow.Streams;
using Npgsql;
using NpgsqlTypes;

namespace KafkaFlow.PostgresSink;

/// <summary>Table <c>sink_offset</c>: the only place from which a sink starts.</summary>
internal static class OffsetTable
{
    private const string Insert =
        "insert into sink_offset (topic, partition, next_offset, epoch) "
        + "select $1, p, 0, 0 from unnest($2) as p on conflict do nothing";

    private const string Select =
        "select partition, next_offset, epoch from sink_offset where topic = $1 and partition = any($2)";

    /// <summary>Compare-and-set: rows that are not where they are expected stay untouched and are missing in the
    /// count.</summary>
    private const string Advance =
        "update sink_offset o set next_offset = n.next_offset, epoch = n.epoch "
        + "from unnest($1, $2, $3, $4, $5, $6) as n(topic, partition, old_offset, old_epoch, next_offset, epoch) "
        + "where o.topic = n.topic and o.partition = n.partition "
        + "and o.next_offset = n.old_offset and o.epoch = n.old_epoch";

    /// <summary>Cursors of all partitions asked for; those never read begin at <see
    /// cref="FactCursor.Start"/>.</summary>
    public static Dictionary<int, FactCursor> Load(NpgsqlConnection connection, string topic, int[] partitions)
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var sql in new[] { Insert, Select })
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = topic });
            command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = partitions });
            batch.BatchCommands.Add(command);
        }
        using var reader = batch.ExecuteReader();
        var cursors = new Dictionary<int, FactCursor>();
        while (reader.Read()) cursors[reader.GetInt32(0)] = new(reader.GetInt64(1), reader.GetInt64(2));
        return cursors;
    }

    /// <returns>False if any partition stands elsewhere; the caller must roll back.</returns>
    public static bool TryAdvance(NpgsqlConnection connection, IReadOnlyList<CursorMove> moves)
    {
        using var command = new NpgsqlCommand(Advance, connection);
        Add(command, NpgsqlDbType.Text, moves.Select(m => m.Topic));
        Add(command, NpgsqlDbType.Integer, moves.Select(m => m.Partition));
        Add(command, NpgsqlDbType.Bigint, moves.Select(m => m.From.Offset));
        Add(command, NpgsqlDbType.Bigint, moves.Select(m => m.From.Epoch));
        Add(command, NpgsqlDbType.Bigint, moves.Select(m => m.To.Offset));
        Add(command, NpgsqlDbType.Bigint, moves.Select(m => m.To.Epoch));
        return command.ExecuteNonQuery() == moves.Count;
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, IEnumerable<T> values) =>
        command.Parameters.Add(new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
}
