using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>One generation of the group's assignment to this instance. Captured in the assignment callback, rule R13:
/// never refreshed, so that the broker refuses what was decided under an older one.</summary>
internal sealed record Assignment(IConsumerGroupMetadata Group);

/// <summary>One changelog record and one input offset that are committed together.</summary>
internal abstract class CommitJob(Assignment assignment, int partition)
{
    public Assignment Assignment { get; } = assignment;
    public int Partition { get; } = partition;
    public abstract long InputOffset { get; }
    public abstract byte[] Key { get; }
    public abstract byte[] Value { get; }

    /// <summary>Offset of the record in the changelog; -1 until it is appended.</summary>
    public long ChangelogOffset { get; set; } = -1;

    /// <summary>The transaction has answered OK. Called on the committer's thread.</summary>
    public abstract void Committed();
}

/// <summary>
/// Owns the transactional producer and its thread. Jobs of one assignment that wait together share a transaction:
/// records to the changelog, flushed, then the offsets under the assignment's generation, then the commit. Any failure
/// or unknown outcome ends the run of the instance; its successor finds out from the log what became of it.
/// </summary>
internal sealed class Committer : IDisposable
{
    private const int MaxJobsPerTransaction = 256;
    private const int MaxCommitAttempts = 5;
    private readonly Lock _submitting = new();
    private readonly BlockingCollection<CommitJob> _jobs = new(new ConcurrentQueue<CommitJob>());
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly Topology _topology;
    private readonly TimeSpan _timeout;
    private readonly InstanceFailure _failure;
    private readonly StreamsMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly ManualResetEvent _pause = new(false); // never set: a retry always waits its whole time
    private CommitJob? _left;

    public Committer(
        StreamsOptions options, Topology topology, string transactionalId, InstanceFailure failure,
        StreamsMetrics metrics, ILogger logger)
    {
        _topology = topology;
        _timeout = options.TransactionTimeout;
        _failure = failure;
        _metrics = metrics;
        _logger = logger;
        var config = KafkaClients.TransactionalProducerConfig(options.Kafka, "kf-commit", transactionalId);
        config.TransactionTimeoutMs = (int)options.TransactionTimeout.TotalMilliseconds;
        config.MessageTimeoutMs = config.TransactionTimeoutMs;
        config.LingerMs = 0;
        _producer = KafkaClients.Producer(config, logger);
        _thread = new(Run) { IsBackground = true, Name = "kf-committer" };
    }

    /// <summary>Ends what an earlier process with this transactional id left open, then takes jobs.</summary>
    public void Start()
    {
        _producer.InitTransactions(_timeout);
        KafkaClients.WarmUp(_producer.Handle, [_topology.Store.Changelog], _timeout);
        _thread.Start();
    }

    /// <summary>From any thread. A job that comes after the end of the run is dropped, as its term is.</summary>
    public void Submit(CommitJob job)
    {
        lock (_submitting)
            if (!_jobs.IsAddingCompleted) _jobs.Add(job);
    }

    public void Dispose()
    {
        lock (_submitting) _jobs.CompleteAdding();
        if (!_thread.ThreadState.HasFlag(ThreadState.Unstarted) && !_thread.Join(_timeout + _timeout))
        {
            Log.NotClosed(_logger, _thread.Name!, _timeout + _timeout);
            return; // it still uses the producer
        }
        _pause.Dispose();
        if (!BoundedClose.Run(_producer.Dispose, _timeout))
            Log.NotClosed(_logger, "the transactional producer", _timeout);
    }

    private void Run()
    {
        try
        {
            while (!_failure.HasFailed && (_left is not null || _jobs.TryTake(out _left, Timeout.Infinite)))
                Commit(TakeTogether());
        }
        catch (Exception e)
        {
            _failure.Report(new StreamsException($"checkpoint transaction failed: {e.Message}", e)
            {
                IsFenced = e is KafkaException { Error.Code: ErrorCode.Local_Fenced or ErrorCode.ProducerFenced },
            });
        }
    }

    private List<CommitJob> TakeTogether()
    {
        List<CommitJob> batch = [_left!];
        _left = null;
        while (batch.Count < MaxJobsPerTransaction && _jobs.TryTake(out var next))
        {
            if (next.Assignment != batch[0].Assignment || batch.Exists(j => j.Partition == next.Partition))
            {
                _left = next;
                break;
            }
            batch.Add(next);
        }
        return batch;
    }

    private void Commit(List<CommitJob> batch)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        _producer.BeginTransaction();
        try
        {
            foreach (var job in batch)
                _producer.Produce(
                    new TopicPartition(_topology.Store.Changelog, job.Partition),
                    new Message<byte[]?, byte[]?> { Key = job.Key, Value = job.Value },
                    report => job.ChangelogOffset = report.Error.IsError ? -1 : report.Offset.Value);
            _producer.Flush(_timeout); // rule H2: the data is in the log before the offset is pending
            if (batch.Find(j => j.ChangelogOffset < 0) is { } lost)
                throw new StreamsException(
                    $"{_topology.Store.Changelog}-{lost.Partition}: the record was not acknowledged within {_timeout}");
            var offsets = batch.ConvertAll(
                j => new TopicPartitionOffset(_topology.Source.Topic, j.Partition, j.InputOffset));
            Retry(() => _producer.SendOffsetsToTransaction(offsets, batch[0].Assignment.Group, _timeout));
            Retry(() => _producer.CommitTransaction(_timeout));
        }
        catch (KafkaTxnRequiresAbortException)
        {
            Abort();
            throw;
        }
        foreach (var job in batch) job.Committed();
        _metrics.TransactionDone(System.Diagnostics.Stopwatch.GetElapsedTime(started));
    }

    private void Retry(Action step)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                step();
                return;
            }
            catch (KafkaRetriableException) when (attempt < MaxCommitAttempts)
            {
                _pause.WaitOne(20 * attempt);
            }
        }
    }

    private void Abort()
    {
        try
        {
            _producer.AbortTransaction(_timeout);
        }
        catch (KafkaException e)
        {
            Log.AbortFailed(_logger, e.Message); // the broker aborts it when the transaction times out
        }
    }
}
