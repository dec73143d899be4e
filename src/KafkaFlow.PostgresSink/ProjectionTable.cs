using KafkaFlow.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace KafkaFlow.PostgresSink;

/// <summary>
/// Table <c>execution</c>, folded from facts as they are written. Keeps the rows of running executions in memory as
/// long as this sink is the only writer of their partitions; whoever sees a failed or foreign write calls <see
/// cref="Forget"/>. Consumer's thread only.
/// </summary>
internal sealed class ProjectionTable(int maxCached)
{
    private const string SelectRows =
        "select execution_id, playbook_path, playbook_version, content_hash, status, parent_execution_id, result, "
        + "error, last_seq, started_at, updated_at, ended_at, duration_ms from execution where execution_id = any($1)";

    private const string SelectLive =
        "select e.execution_id, e.event_type, e.status, e.activation from event e "
        + "join execution x using (execution_id) "
        + "where e.execution_id = any($1) and e.event_type = any($2) and e.seq <= x.last_seq "
        + "and x.ended_at is null order by e.execution_id, e.seq";

    /// <summary>A row that is further on, written before this partition was read again, stays.</summary>
    private const string Upsert =
        "insert into execution as x (execution_id, playbook_path, playbook_version, content_hash, status, "
        + "parent_execution_id, payload, result, error, current_steps, last_seq, started_at, updated_at, ended_at, "
        + "duration_ms) select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
        + "on conflict (execution_id) do update set playbook_path = excluded.playbook_path, "
        + "playbook_version = excluded.playbook_version, content_hash = excluded.content_hash, "
        + "status = excluded.status, parent_execution_id = excluded.parent_execution_id, "
        + "payload = coalesce(x.payload, excluded.payload), result = excluded.result, error = excluded.error, "
        + "current_steps = excluded.current_steps, last_seq = excluded.last_seq, started_at = excluded.started_at, "
        + "updated_at = excluded.updated_at, ended_at = excluded.ended_at, duration_ms = excluded.duration_ms "
        + "where x.last_seq < excluded.last_seq";

    private readonly Dictionary<string, ExecutionProjection> _cache = new(StringComparer.Ordinal);

    public void Forget() => _cache.Clear();

    /// <summary>Folds the facts on copies of the rows they belong to; rows that are not in memory are read.</summary>
    public Dictionary<string, ExecutionProjection> Fold(NpgsqlConnection connection, IEnumerable<ExecutionEvent> facts)
    {
        var byExecution = facts.GroupBy(f => f.ExecutionId, StringComparer.Ordinal).ToList();
        // An execution that begins here has no row yet, unless the partition is read again from its beginning; then the
        // fold from the beginning is right by itself.
        var unknown = byExecution.Where(g => !_cache.ContainsKey(g.Key) && g.First().Seq > 1)
            .Select(g => g.Key).ToArray();
        var loaded = unknown.Length == 0 ? [] : Load(connection, unknown);
        var folded = new Dictionary<string, ExecutionProjection>(StringComparer.Ordinal);
        foreach (var group in byExecution)
        {
            var row = _cache.TryGetValue(group.Key, out var cached) ? cached.Copy()
                : loaded.GetValueOrDefault(group.Key) ?? new ExecutionProjection(group.Key);
            var before = row.LastSeq;
            foreach (var fact in group) row.Apply(fact);
            if (row.LastSeq > before) folded.Add(group.Key, row);
        }
        return folded;
    }

    public static void Write(NpgsqlConnection connection, IReadOnlyCollection<ExecutionProjection> rows)
    {
        if (rows.Count == 0) return;
        using var command = new NpgsqlCommand(Upsert, connection);
        Add(NpgsqlDbType.Text, r => r.ExecutionId);
        Add(NpgsqlDbType.Text, r => r.PlaybookPath);
        Add(NpgsqlDbType.Integer, r => r.PlaybookVersion);
        Add(NpgsqlDbType.Text, r => r.ContentHash);
        Add(NpgsqlDbType.Text, r => r.Status);
        Add(NpgsqlDbType.Text, r => r.ParentExecutionId);
        Add(NpgsqlDbType.Text, r => r.Payload);
        Add(NpgsqlDbType.Text, r => r.Result);
        Add(NpgsqlDbType.Text, r => r.Error);
        Add(NpgsqlDbType.Text, r => r.CurrentSteps);
        Add(NpgsqlDbType.Bigint, r => r.LastSeq);
        Add(NpgsqlDbType.TimestampTz, r => r.StartedAt?.ToDateTime());
        Add(NpgsqlDbType.TimestampTz, r => r.UpdatedAt.ToDateTime());
        Add(NpgsqlDbType.TimestampTz, r => r.EndedAt?.ToDateTime());
        Add(NpgsqlDbType.Bigint, r => r.DurationMs);
        command.ExecuteNonQuery();

        void Add<T>(NpgsqlDbType type, Func<ExecutionProjection, T> column) => command.Parameters.Add(
            new() { Value = rows.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    /// <summary>The transaction has committed: what was folded is what stands in the table.</summary>
    public void Keep(Dictionary<string, ExecutionProjection> folded)
    {
        if (_cache.Count + folded.Count > maxCached) _cache.Clear();
        foreach (var (id, row) in folded)
        {
            if (row.HasEnded) _cache.Remove(id);
            else _cache[id] = row;
        }
    }

    private static Dictionary<string, ExecutionProjection> Load(NpgsqlConnection connection, string[] ids)
    {
        var rows = new Dictionary<string, ExecutionProjection>(StringComparer.Ordinal);
        using var query = new NpgsqlCommand(SelectRows, connection);
        query.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
        using (var reader = query.ExecuteReader())
            while (reader.Read()) rows.Add(reader.GetString(0), Read(reader));
        if (rows.Values.All(r => r.HasEnded)) return rows;

        using var live = new NpgsqlCommand(SelectLive, connection);
        live.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
        live.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ExecutionProjection.TypesThatKeepLive });
        using (var reader = live.ExecuteReader())
            while (reader.Read())
                rows[reader.GetString(0)].ApplyLive(reader.GetString(1), reader.GetString(2), TextOf(reader, 3));
        return rows;
    }

    private static ExecutionProjection Read(NpgsqlDataReader reader) => new(reader.GetString(0))
    {
        PlaybookPath = TextOf(reader, 1),
        PlaybookVersion = reader.IsDBNull(2) ? null : reader.GetInt32(2),
        ContentHash = TextOf(reader, 3),
        Status = reader.GetString(4),
        ParentExecutionId = TextOf(reader, 5),
        Result = TextOf(reader, 6),
        Error = TextOf(reader, 7),
        LastSeq = reader.GetInt64(8),
        StartedAt = TimeOf(reader, 9),
        UpdatedAt = Timestamp.FromDateTime(reader.GetDateTime(10)),
        EndedAt = TimeOf(reader, 11),
        DurationMs = reader.IsDBNull(12) ? null : reader.GetInt64(12),
    };

    private static string? TextOf(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    private static Timestamp? TimeOf(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : Timestamp.FromDateTime(reader.GetDateTime(column));
}
