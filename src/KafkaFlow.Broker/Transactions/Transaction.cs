using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Server;

namespace KafkaFlow.Broker.Transactions;

/// <summary>States of a transactional id, by their number in the transaction topic.</summary>
internal enum TransactionState : sbyte
{
    Empty = 0,
    Ongoing = 1,
    PrepareCommit = 2,
    PrepareAbort = 3,
    CompleteCommit = 4,
    CompleteAbort = 5,
}

/// <summary>
/// One transactional id and its present transaction. Changes under <see cref="Gate"/>, which is held while a
/// transaction
/// ends and while its data is appended, so that nothing of it is written after its markers.
/// <para>Empty or Complete -> Ongoing with the first partition -> PrepareCommit or PrepareAbort, which decides ->
/// Complete
/// when every partition has its marker. A new producer of the id, and a time-out, raise the epoch and abort.</para>
/// </summary>
internal sealed class Transaction : IDisposable
{
    public const short NoEpoch = -1;

    public Transaction(string id, TimeProvider clock, Action<Transaction> onLimit)
    {
        Id = id;
        Limit = new(clock, () => onLimit(this));
    }

    public Lock Gate { get; } = new();

    public string Id { get; }

    public long ProducerId { get; set; } = -1;

    public short Epoch { get; set; } = NoEpoch;

    /// <summary>The epoch before the last raise: its owner may ask for the raise again.</summary>
    public short PreviousEpoch { get; set; } = NoEpoch;

    /// <summary>The producer id whose epochs were used up.</summary>
    public long PreviousProducerId { get; set; } = -1;

    public int TimeoutMs { get; set; }

    public TransactionState State { get; set; }

    public HashSet<TopicPartition> Partitions { get; } = [];

    public long StartMs { get; set; } = -1;

    public long UpdateMs { get; set; } = -1;

    /// <summary>Aborts the transaction when its producer is silent.</summary>
    public Alarm Limit { get; }

    /// <summary>Forgotten after long silence; who still holds the object must look the id up again.</summary>
    public bool IsGone { get; set; }

    public bool IsPrepared => State is TransactionState.PrepareCommit or TransactionState.PrepareAbort;

    public void Dispose() => Limit.Dispose();
}
