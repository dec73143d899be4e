using KafkaFlow.Streams;
using Npgsql;

namespace KafkaFlow.PostgresSink;

/// <summary>
/// Writes one batch in one transaction: cursors by compare-and-set first (which also locks out another sink), then
/// events, projection and rejected records. Owns the connection; after a failure the next call begins with a new one.
/// Consumer's thread only.
/// </summary>
internal sealed class BatchWriter(SinkOptions options) : IDisposable
{
    // The transaction holds rows and cursors together, and Confirm notices a commit that a crash of the server took
    // back: waiting for the disk would buy nothing.
    private const string OnConnect = $"set synchronous_commit = off; {EventTable.PrepareConnection}";
    private const string Savepoint = "rows";

    private readonly ProjectionTable _projections = new(options.MaxCachedExecutions);
    private NpgsqlConnection? _connection;

    /// <summary>The connection, opened if need be.</summary>
    public NpgsqlConnection Connect()
    {
        if (_connection is not null) return _connection;
        var address = PostgresAddress.Parse(options.Postgres);
        address.Pooling = false;
        address.ApplicationName ??= "kafkaflow-sink";
        var connection = new NpgsqlConnection(address.ConnectionString);
        try
        {
            connection.Open();
            using var prepare = new NpgsqlCommand(OnConnect, connection);
            prepare.ExecuteNonQuery();
        }
        catch (Exception)
        {
            connection.Dispose();
            throw;
        }
        return _connection = connection;
    }

    /// <exception cref="SessionEndedException">Another sink has moved a cursor.</exception>
    /// <exception cref="NpgsqlException">Postgres cannot write now; nothing, or the whole batch, is
    /// written.</exception>
    public BatchResult Write(SinkBatch batch) => ResetUnlessDone(() => WriteOrBisect(batch));

    /// <summary>Whether the table still holds what was written.</summary>
    /// <exception cref="SessionEndedException">It holds another cursor.</exception>
    /// <exception cref="NpgsqlException">Postgres cannot be asked now.</exception>
    public void Confirm(string topic, IReadOnlyDictionary<int, FactCursor> written) => ResetUnlessDone(() =>
    {
        foreach (var (partition, found) in OffsetTable.Load(Connect(), topic, [.. written.Keys]))
            if (found != written[partition]) throw Moved(topic, partition, written[partition], found);
        return true;
    });

    /// <summary>Must be called when partitions are assigned: another sink may have written them meanwhile.</summary>
    public void ForgetRows() => _projections.Forget();

    /// <summary>Closes the connection and forgets what was known of the tables.</summary>
    public void Reset()
    {
        _projections.Forget();
        _connection?.Dispose();
        _connection = null;
    }

    public void Dispose() => Reset();

    private T ResetUnlessDone<T>(Func<T> work)
    {
        var isDone = false;
        try
        {
            var result = work();
            isDone = true;
            return result;
        }
        finally
        {
            if (!isDone) Reset();
        }
    }

    private BatchResult WriteOrBisect(SinkBatch batch)
    {
        try
        {
            return Attempt(batch, isBisecting: false);
        }
        catch (Exception e) when (RowFault.Is(e))
        {
            // The failed transaction has been rolled back; what it folded was never kept.
            return Attempt(batch, isBisecting: true);
        }
    }

    private BatchResult Attempt(SinkBatch batch, bool isBisecting)
    {
        var connection = Connect();
        using var transaction = connection.BeginTransaction();
        if (!OffsetTable.TryAdvance(connection, batch.Moves))
        {
            transaction.Rollback();
            return AlreadyWritten(connection, batch);
        }
        var outcome = new RowOutcome(batch);
        var rows = outcome.Storable;
        if (isBisecting) WriteRange(transaction, rows, 0, rows.Count, outcome);
        else if (rows.Count > 0) Insert(connection, rows, 0, rows.Count, outcome);
        var folded = _projections.Fold(connection, outcome.Facts());
        ProjectionTable.Write(connection, folded.Values);
        RejectedTable.Write(connection, outcome.Rejected);
        transaction.Commit();
        _projections.Keep(folded);
        return new(outcome.Written, outcome.Repeated, outcome.Rejected);
    }

    /// <summary>The cursors are not where this batch begins: either the answer to its own commit was lost, or another
    /// sink reads these partitions.</summary>
    private BatchResult AlreadyWritten(NpgsqlConnection connection, SinkBatch batch)
    {
        _projections.Forget();
        foreach (var topic in batch.Moves.GroupBy(m => m.Topic, StringComparer.Ordinal))
        {
            var found = OffsetTable.Load(connection, topic.Key, [.. topic.Select(m => m.Partition)]);
            if (topic.FirstOrDefault(m => found[m.Partition] != m.To) is { } moved)
                throw Moved(moved.Topic, moved.Partition, moved.From, found[moved.Partition]);
        }
        return new(0, batch.Rows.Count, batch.Rejected);
    }

    private static void Insert(
        NpgsqlConnection connection, IReadOnlyList<EventRow> rows, int from, int to, RowOutcome outcome)
    {
        var (inserted, divergent) = EventTable.Write(connection, rows, from, to);
        outcome.Written += inserted;
        outcome.Repeated += to - from - inserted - divergent.Count;
        foreach (var n in divergent) outcome.Diverges(rows[n]);
    }

    /// <summary>Halves the range until the rows that cannot be written stand alone; those are kept aside.</summary>
    private static void WriteRange(
        NpgsqlTransaction transaction, IReadOnlyList<EventRow> rows, int from, int to, RowOutcome outcome)
    {
        if (from == to) return;
        transaction.Save(Savepoint);
        try
        {
            Insert(transaction.Connection!, rows, from, to, outcome);
            EventTable.Clear(transaction.Connection!);
            transaction.Release(Savepoint);
            return;
        }
        catch (Exception e) when (RowFault.Is(e))
        {
            transaction.Rollback(Savepoint);
            transaction.Release(Savepoint);
            if (to - from == 1)
            {
                outcome.Refuse(rows[from], RowFault.Describe(e));
                return;
            }
        }
        var middle = from + ((to - from) / 2);
        WriteRange(transaction, rows, from, middle, outcome);
        WriteRange(transaction, rows, middle, to, outcome);
    }

    private static SessionEndedException Moved(string topic, int partition, FactCursor expected, FactCursor found) =>
        new($"sink_offset of {topic}-{partition} was moved by another sink, or Postgres has lost its last commits: "
            + $"expected {expected}, found {found}");
}
