using System.Collections.Concurrent;
using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Transactions;

/// <summary>
/// All transactional ids. Every step is a record of the transaction topic before the next; what is prepared at a start
/// is
/// finished before the broker listens. Markers are written before an end is answered, so that a client never has to
/// wait
/// for an earlier transaction. Lock order: transaction, group, partition.
/// </summary>
internal sealed class TransactionCoordinator : IDisposable
{
    private const int MaxTimeoutMs = 900_000;

    /// <summary>Above it an id gets a new producer id; one epoch is left to fence the last owner.</summary>
    private const short LastEpoch = short.MaxValue - 1;

    private const int CoordinatorEpoch = 0;
    private static readonly TimeSpan IdExpiry = TimeSpan.FromDays(7);
    private static readonly TopicPartition OffsetsPartition = new(InternalTopics.Offsets, 0);
    private readonly BrokerCore _core;
    private readonly ConcurrentDictionary<string, Transaction> _transactions = new(StringComparer.Ordinal);

    public TransactionCoordinator(BrokerCore core) => _core = core;

    public IEnumerable<Transaction> Transactions => _transactions.Values;

    private PartitionLog Log => _core.Catalog.Log(InternalTopics.Transactions, 0)!;

    private BrokerFaults Faults => _core.Options.Faults;

    public Transaction? Find(string id) => _transactions.GetValueOrDefault(id);

    /// <summary>Makes the transaction topic if it is absent, else reads it and ends what is prepared.</summary>
    public void Load()
    {
        if (_core.Catalog.Find(InternalTopics.Transactions) is null)
        {
            _core.Catalog.Create(InternalTopics.Transactions, 1, new Dictionary<string, string>
            {
                ["cleanup.policy"] = "compact", ["compression.type"] = "uncompressed", ["segment.bytes"] = "104857600",
            }, validateOnly: false);
        }
        LogReplay.Read(Log, batch =>
        {
            for (var reader = new RecordReader(batch.Records); reader.Next();)
            {
                if (!TransactionRecords.TryKey(reader.Current.Key.ToArray(), out var id)) continue;
                if (reader.Current.HasValue) TransactionRecords.Read(reader.Current.Value.ToArray(), FindOrAdd(id));
                else _transactions.TryRemove(id, out _);
            }
        });
        foreach (var transaction in _transactions.Values)
        {
            lock (transaction.Gate)
            {
                if (transaction.IsPrepared) Finish(transaction);
                else if (transaction.State == TransactionState.Ongoing) SetLimit(transaction);
            }
        }
    }

    /// <summary>Gives a producer its id and epoch. An open transaction of an earlier owner is aborted first.</summary>
    /// <param name="known">What a producer that recovers has; -1 in a new one.</param>
    public (ErrorCode Error, long ProducerId, short Epoch) Init(
        string? id, int timeoutMs, (long ProducerId, short Epoch) known)
    {
        if (id is null) return (ErrorCode.None, _core.Catalog.NewProducerId(), 0);
        if (id.Length == 0) return (ErrorCode.InvalidRequest, -1, -1);
        if (timeoutMs is <= 0 or > MaxTimeoutMs) return (ErrorCode.InvalidTransactionTimeout, -1, -1);
        while (true)
        {
            var transaction = FindOrAdd(id);
            lock (transaction.Gate)
            {
                if (!transaction.IsGone) return Init(transaction, timeoutMs, known);
            }
        }
    }

    /// <summary>Takes partitions into the present transaction, beginning one if there is none.</summary>
    public ErrorCode Add(string id, long producerId, short epoch, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (Find(id) is not { } transaction) return ErrorCode.InvalidProducerIdMapping;
        lock (transaction.Gate)
        {
            if (Check(transaction, producerId, epoch) is not ErrorCode.None and var error) return error;
            if (transaction.IsPrepared) Finish(transaction);
            if (transaction.State == TransactionState.Ongoing && partitions.All(transaction.Partitions.Contains))
                return ErrorCode.None;
            if (transaction.State != TransactionState.Ongoing)
            {
                transaction.Partitions.Clear();
                transaction.StartMs = _core.Context.NowMs;
                SetLimit(transaction);
            }
            transaction.Partitions.UnionWith(partitions);
            Enter(transaction, TransactionState.Ongoing);
            Faults.Pass("txn-begin-persisted");
            return ErrorCode.None;
        }
    }

    public ErrorCode AddOffsets(string id, long producerId, short epoch) =>
        Add(id, producerId, epoch, [OffsetsPartition]);

    /// <summary>Commits or aborts; returns when readers of every partition see it.</summary>
    public ErrorCode End(string id, long producerId, short epoch, bool commits)
    {
        if (Find(id) is not { } transaction) return ErrorCode.InvalidProducerIdMapping;
        lock (transaction.Gate)
        {
            if (Check(transaction, producerId, epoch) is not ErrorCode.None and var error) return error;
            if (transaction.IsPrepared) Finish(transaction);
            switch (transaction.State)
            {
                case TransactionState.CompleteCommit:
                    return commits ? ErrorCode.None : ErrorCode.InvalidTxnState;
                case TransactionState.CompleteAbort:
                    return commits ? ErrorCode.InvalidTxnState : ErrorCode.None;
                case TransactionState.Ongoing:
                    Prepare(transaction, commits);
                    Finish(transaction);
                    return ErrorCode.None;
                default:
                    return ErrorCode.InvalidTxnState;
            }
        }
    }

    /// <summary>Appends data of a transaction that has taken the partition in.</summary>
    public Appended Append(string id, string topic, int partition, PartitionLog log, Span<byte> bytes)
    {
        var batch = new RecordBatch(bytes);
        if (Find(id) is not { } transaction) return Refused(ErrorCode.InvalidProducerIdMapping, id);
        lock (transaction.Gate)
        {
            var error = CheckData(transaction, batch.ProducerId, batch.ProducerEpoch, new(topic, partition));
            return error == ErrorCode.None ? log.Append(bytes, Writer.Client) : Refused(error, id);
        }
    }

    /// <summary>Commits offsets of a group that become visible when the transaction commits.</summary>
    public IReadOnlyList<ErrorCode> CommitOffsets(
        string id, long producerId, short epoch, Group group, Func<ErrorCode> checkMember,
            IReadOnlyList<OffsetToCommit> offsets)
    {
        if (Find(id) is not { } transaction) return All(offsets, ErrorCode.InvalidProducerIdMapping);
        lock (transaction.Gate)
        {
            var error = CheckData(transaction, producerId, epoch, OffsetsPartition);
            if (error != ErrorCode.None) return All(offsets, error);
            return group.Locked(() => checkMember() is not ErrorCode.None and var refused
                ? All(offsets, refused)
                : _core.Groups.Commit(group, offsets, (producerId, epoch)));
        }
    }

    /// <summary>Forgets ids that have had no transaction for longer than ids are kept.</summary>
    public void Expire()
    {
        var before = _core.Context.NowMs - (long)IdExpiry.TotalMilliseconds;
        foreach (var transaction in _transactions.Values)
        {
            lock (transaction.Gate)
            {
                var isOpen = transaction.State == TransactionState.Ongoing || transaction.IsPrepared;
                if (isOpen || transaction.UpdateMs >= before) continue;
                Persist(new RecordBatchBuilder().Add(
                    _core.Context.NowMs, TransactionRecords.Key(transaction.Id), null), transaction.Id);
                transaction.IsGone = true;
                _transactions.TryRemove(transaction.Id, out _);
                transaction.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var transaction in _transactions.Values) transaction.Dispose();
    }

    private static ErrorCode[] All(IReadOnlyList<OffsetToCommit> offsets, ErrorCode error) =>
        [.. offsets.Select(_ => error)];

    private static Appended Refused(ErrorCode error, string id) =>
        new(error, -1, -1, $"transactional id {id}: {error}");

    private (ErrorCode Error, long ProducerId, short Epoch) Init(
        Transaction transaction, int timeoutMs, (long ProducerId, short Epoch) known)
    {
        if (known.ProducerId >= 0 && transaction.ProducerId >= 0)
        {
            if (IsRepetition(transaction, known)) return (ErrorCode.None, transaction.ProducerId, transaction.Epoch);
            if (known != (transaction.ProducerId, transaction.Epoch)) return (ErrorCode.ProducerFenced, -1, -1);
        }
        if (transaction.IsPrepared) Finish(transaction);
        if (transaction.State == TransactionState.Ongoing) AbortWithHigherEpoch(transaction);
        transaction.PreviousEpoch = known.ProducerId >= 0 ? known.Epoch : Transaction.NoEpoch;
        if (transaction.ProducerId < 0 || transaction.Epoch >= LastEpoch)
        {
            transaction.PreviousProducerId = transaction.ProducerId;
            transaction.ProducerId = _core.Catalog.NewProducerId();
            transaction.Epoch = 0;
        }
        else
        {
            transaction.Epoch++;
        }
        transaction.TimeoutMs = timeoutMs;
        transaction.Partitions.Clear();
        transaction.StartMs = -1;
        Enter(transaction, TransactionState.Empty);
        return (ErrorCode.None, transaction.ProducerId, transaction.Epoch);
    }

    private static ErrorCode Check(Transaction transaction, long producerId, short epoch)
    {
        if (transaction.IsGone || transaction.ProducerId != producerId) return ErrorCode.InvalidProducerIdMapping;
        return transaction.Epoch == epoch ? ErrorCode.None : ErrorCode.ProducerFenced;
    }

    private static ErrorCode CheckData(Transaction transaction, long producerId, short epoch, TopicPartition partition)
    {
        if (transaction.IsGone || transaction.ProducerId != producerId) return ErrorCode.InvalidProducerIdMapping;
        if (transaction.Epoch != epoch) return ErrorCode.InvalidProducerEpoch;
        return transaction.State == TransactionState.Ongoing && transaction.Partitions.Contains(partition)
            ? ErrorCode.None
            : ErrorCode.InvalidTxnState;
    }

    private static bool IsRepetition(Transaction transaction, (long ProducerId, short Epoch) known) =>
        known.Epoch == transaction.PreviousEpoch && known.Epoch >= 0 &&
        (known.ProducerId == transaction.ProducerId || known.ProducerId == transaction.PreviousProducerId);

    private Transaction FindOrAdd(string id) =>
        _transactions.GetOrAdd(id, _ => new(id, _core.Options.Clock, LimitRings));

    private void AbortWithHigherEpoch(Transaction transaction)
    {
        if (transaction.Epoch < short.MaxValue) transaction.Epoch++;
        Prepare(transaction, commits: false);
        Finish(transaction);
    }

    private void Prepare(Transaction transaction, bool commits)
    {
        Faults.Pass("txn-before-prepare");
        transaction.Limit.Cancel();
        Enter(transaction, commits ? TransactionState.PrepareCommit : TransactionState.PrepareAbort);
        Faults.Pass("txn-prepared");
    }

    /// <summary>Writes the markers of a prepared transaction; may be repeated.</summary>
    private void Finish(Transaction transaction)
    {
        var commits = transaction.State == TransactionState.PrepareCommit;
        foreach (var (topic, partition) in transaction.Partitions)
        {
            _core.Catalog.Log(topic, partition)?.AppendMarker(
                transaction.ProducerId, transaction.Epoch, commits, CoordinatorEpoch);
            Faults.Pass("txn-marker-written");
        }
        if (transaction.Partitions.Contains(OffsetsPartition)) _core.Groups.CompleteTransaction(
            transaction.ProducerId, commits);
        Faults.Pass("txn-markers-written");
        transaction.Partitions.Clear();
        Enter(transaction, commits ? TransactionState.CompleteCommit : TransactionState.CompleteAbort);
        Faults.Pass("txn-completed");
    }

    /// <summary>Persists a state. If that fails, the transaction stays as it was in memory and the request
    /// fails.</summary>
    private void Enter(Transaction transaction, TransactionState state)
    {
        transaction.UpdateMs = _core.Context.NowMs;
        transaction.State = state;
        var record = new RecordBatchBuilder().Add(
            transaction.UpdateMs, TransactionRecords.Key(transaction.Id), TransactionRecords.Value(transaction));
        Persist(record, transaction.Id);
        Broker.Log.Transaction(
            _core.Logger, transaction.Id, state.ToString(), transaction.ProducerId, transaction.Epoch);
    }

    private void Persist(RecordBatchBuilder record, string id)
    {
        var written = Log.Append(record.Build(), Writer.Broker);
        if (written.Error != ErrorCode.None)
            throw new BrokerException($"transaction topic: expected to write {id}, found {written.Error}");
    }

    private void SetLimit(Transaction transaction)
    {
        var since = _core.Context.NowMs - transaction.StartMs;
        transaction.Limit.Set(TimeSpan.FromMilliseconds(
            Math.Clamp(transaction.TimeoutMs - since, 0, transaction.TimeoutMs)));
    }

    private void LimitRings(Transaction transaction)
    {
        try
        {
            lock (transaction.Gate)
            {
                if (transaction.Limit.TakeIfDue() && transaction.State == TransactionState.Ongoing)
                    AbortWithHigherEpoch(transaction);
            }
        }
        catch (Exception failed) when (failed is IOException or BrokerException or BrokerCrashedException)
        {
            if (failed is not BrokerCrashedException) Broker.Log.BackgroundFailed(
                _core.Logger, failed, $"abort of {transaction.Id}");
        }
    }
}
