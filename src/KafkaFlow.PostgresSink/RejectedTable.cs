using Npgsql;
using NpgsqlTypes;

namespace KafkaFlow.PostgresSink;

/// <summary>Table <c>event_rejected</c>: records that have no row in <c>event</c>, whole and with the reason.</summary>
internal static class RejectedTable
{
    private const int MaxReasonLength = 1_000;

    private const string Insert =
        "insert into event_rejected (topic, partition, \"offset\", reason, bytes) "
        + "select * from unnest($1, $2, $3, $4, $5) on conflict do nothing";

    public static void Write(NpgsqlConnection connection, IReadOnlyList<RejectedRecord> records)
    {
        if (records.Count == 0) return;
        using var command = new NpgsqlCommand(Insert, connection);
        Add(NpgsqlDbType.Text, r => r.Place.Topic);
        Add(NpgsqlDbType.Integer, r => r.Place.Partition);
        Add(NpgsqlDbType.Bigint, r => r.Place.Offset);
        Add(NpgsqlDbType.Text, r => Storable(r.Reason));
        Add(NpgsqlDbType.Bytea, r => r.Bytes);
        command.ExecuteNonQuery();

        void Add<T>(NpgsqlDbType type, Func<RejectedRecord, T> column) => command.Parameters.Add(
            new() { Value = records.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    /// <summary>A reason may quote the very text that Postgres refuses.</summary>
    private static string Storable(string reason)
    {
        var line = string.Concat(reason.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return line.Length <= MaxReasonLength ? line : $"{line[..MaxReasonLength]}..";
    }
}
