using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.PostgresSink;

/// <summary>
/// One membership in the group: reads the assigned partitions from the cursors in Postgres and writes what it accepts.
/// Everything runs on the thread that calls <see cref="Run"/>. Any fault that trying again does not mend ends the
/// session; the next one starts from Postgres.
/// </summary>
internal sealed class SinkSession : IDisposable
{
    /// <summary>How long an idle poll waits, which bounds the time to notice a stop; a record ends the wait at
    /// once.</summary>
    private static readonly TimeSpan IdlePoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WatermarkTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A server that crashed, failed over or was restored may have lost commits it had confirmed. Nothing
    /// else tells so while no record arrives.</summary>
    private static readonly TimeSpan ConfirmEvery = TimeSpan.FromSeconds(2);
    private const int ShowOffsetsEveryMs = 500;

    private readonly SinkOptions _options;
    private readonly IRecordSerdes _serdes;
    private readonly ILogger _logger;
    private readonly SinkFigures _figures;
    private readonly Action _assigned;
    private readonly string _topic;
    private readonly BatchWriter _writer;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly SortedDictionary<int, PartitionFeed> _feeds = [];
    private readonly Stopwatch _confirmed = Stopwatch.StartNew();
    private Exception? _failure;
    private int _records;
    private long _bytes;

    public SinkSession(
        SinkOptions options, IRecordSerdes serdes, ILogger logger, SinkFigures figures, Action assigned)
    {
        (_options, _serdes, _logger, _figures, _assigned) = (options, serdes, logger, figures, assigned);
        var names = new TopicNames(options.Prefix);
        _topic = names.Events;
        _writer = new(options);
        var config = KafkaClients.ConsumerConfig(options.Kafka, "kf-sink", names.SinkGroup);
        config.GroupInstanceId = options.InstanceId;
        // The group's offsets are for those who watch lag; nothing starts from them.
        config.EnableAutoCommit = true;
        config.AutoCommitIntervalMs = ShowOffsetsEveryMs;
        config.AutoOffsetReset = AutoOffsetReset.Error;
        _consumer = KafkaClients.ConsumerBuilder(config, logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assign(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoke(partitions))
            .SetPartitionsLostHandler((_, partitions) => Revoke(partitions))
            .Build();
    }

    /// <summary>Returns when <paramref name="stop"/> is set; whatever is not written then is read again.</summary>
    /// <exception cref="SessionEndedException">Begin a new session.</exception>
    /// <exception cref="SinkException">A new session would not help.</exception>
    public void Run(CancellationToken stop)
    {
        _consumer.Subscribe(_topic);
        while (!stop.IsCancellationRequested)
        {
            if (_confirmed.Elapsed > ConfirmEvery) Confirm();
            if (!TryTake(IdlePoll)) continue;
            while (_records < _options.MaxBatchRecords && _bytes < _options.MaxBatchBytes && TryTake(TimeSpan.Zero))
            {
                // Everything that has arrived goes into this transaction.
            }
            Flush(stop);
        }
    }

    public void Dispose()
    {
        try
        {
            _consumer.Close();
        }
        catch (KafkaException e)
        {
            Log.Unavailable(_logger, $"sink could not leave its group: {e.Error.Reason}; the group notices by itself");
        }
        _consumer.Dispose();
        _writer.Dispose();
    }

    private bool TryTake(TimeSpan wait)
    {
        ConsumeResult<byte[]?, byte[]?>? record;
        try
        {
            record = _consumer.Consume(wait);
        }
        catch (ConsumeException e)
        {
            throw Ended(e);
        }
        if (_failure is { } failure)
        {
            if (failure is SinkException final) throw final;
            throw new SessionEndedException(failure.Message, failure);
        }
        if (record is null || !_feeds.TryGetValue(record.Partition.Value, out var feed)) return false;
        if (record.Offset.Value < feed.NextOffset) return false;
        _records++;
        _bytes += (record.Message.Value?.Length ?? 0) + (record.Message.Key?.Length ?? 0);
        var voided = feed.VoidFacts;
        feed.Take(record);
        if (feed.VoidFacts > voided) _figures.Voided(feed.VoidFacts - voided);
        _figures.Waiting(record.Message.Timestamp.UnixTimestampMs, RecordsBehind(record.Partition.Value));
        return true;
    }

    private void Flush(CancellationToken stop)
    {
        (_records, _bytes) = (0, 0);
        var feeds = _feeds.Values.Where(f => f.Move is not null).ToList();
        if (feeds.Count == 0) return;
        var clock = Stopwatch.StartNew();
        SinkBatch batch = null!;
        var accepted = feeds.Sum(f => f.Accepted.Count);
        Persist(() => batch = BatchDecoder.Decode(feeds, _serdes), $"read {accepted} events", stop);
        BatchResult result = null!;
        Persist(() => result = _writer.Write(batch), $"write {batch.Rows.Count} events", stop);
        foreach (var feed in feeds)
        {
            feed.MarkWritten();
            _consumer.StoreOffset(new TopicPartitionOffset(feed.Partition, feed.Written.Offset));
        }
        Tell(batch, result, feeds.Count, clock.Elapsed);
    }

    /// <summary>While Postgres is down it does not wait for it: records that come must be seen, so that lag is told.
    /// </summary>
    private void Confirm()
    {
        _confirmed.Restart();
        var written = _feeds.Values.ToDictionary(f => f.Partition.Partition.Value, f => f.Written);
        try
        {
            _writer.Confirm(_topic, written);
        }
        catch (Exception e) when (Unavailability.Is(e))
        {
            const string tried = "tried to compare sink_offset with what it has written";
            var next = $"Next attempt in {ConfirmEvery.TotalMilliseconds:0} ms.";
            Log.Unavailable(_logger, $"{Unavailability.Describe(e, _options, tried, TimeSpan.Zero)} {next}");
        }
    }

    /// <summary>Does it again, with growing waits, while what it needs is down.</summary>
    private void Persist(Action work, string what, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var backoff = new Backoff(_options.FirstRetry, _options.LongestRetry);
        for (var tries = 1; ; tries++)
        {
            try
            {
                work();
                if (tries > 1) Log.Available(_logger, clock.Elapsed.TotalSeconds);
                return;
            }
            catch (Exception e) when (Unavailability.Is(e))
            {
                _figures.Retried();
                var text = Unavailability.Describe(e, _options, $"tried to {what}", clock.Elapsed);
                if (clock.Elapsed > _options.HoldBatch) throw new SessionEndedException(text, e);
                var delay = backoff.Next();
                Log.Unavailable(_logger, $"{text} Next attempt in {delay.TotalMilliseconds:0} ms.");
                stop.WaitHandle.WaitOne(delay);
                stop.ThrowIfCancellationRequested();
            }
        }
    }

    private void Tell(SinkBatch batch, BatchResult result, int partitions, TimeSpan took)
    {
        var lag = _figures.Written(result, batch.Rows, _feeds.Keys.Sum(RecordsBehind));
        foreach (var (place, reason, _) in result.Rejected)
        {
            var row = batch.Rows.FirstOrDefault(r => r.Place == place);
            if (reason == RejectReasons.DivergentFact)
                Log.DivergentFact(_logger, place.Topic, place.Partition, place.Offset, row?.Event.EventId ?? "?");
            else Log.Rejected(_logger, place.Topic, place.Partition, place.Offset, reason);
        }
        if (lag > _options.Objective.TotalMilliseconds)
            Log.BehindObjective(_logger, lag, _options.Objective.TotalMilliseconds);
        Log.Batch(_logger, batch.Rows.Count, partitions, took.TotalMilliseconds);
    }

    /// <summary>By the end offset as the last fetch has told it.</summary>
    private long RecordsBehind(int partition)
    {
        var feed = _feeds[partition];
        var end = _consumer.GetWatermarkOffsets(feed.Partition).High;
        return end.IsSpecial ? 0 : Math.Max(0, end.Value - feed.NextOffset);
    }

    private List<TopicPartitionOffset> Assign(List<TopicPartition> partitions)
    {
        try
        {
            _writer.ForgetRows();
            var cursors = OffsetTable.Load(
                _writer.Connect(), _topic, [.. partitions.Select(p => p.Partition.Value)]);
            var starts = partitions.Select(p => Start(p, cursors[p.Partition.Value])).ToList();
            _assigned();
            return starts;
        }
        catch (Exception e) when (Unavailability.Is(e) || e is KafkaException or SinkException)
        {
            // An exception must not pass through librdkafka; the poll that called this throws it.
            _failure = Unavailability.Is(e)
                ? new SessionEndedException(
                    Unavailability.Describe(e, _options, "tried to read sink_offset", TimeSpan.Zero), e)
                : e;
            return [];
        }
    }

    private TopicPartitionOffset Start(TopicPartition partition, FactCursor cursor)
    {
        var ends = _consumer.QueryWatermarkOffsets(partition, WatermarkTimeout);
        var isNew = cursor == FactCursor.Start;
        if (cursor.Offset > ends.High.Value || (!isNew && cursor.Offset < ends.Low.Value))
            throw new SinkException(
                $"sink_offset says that {partition.Topic}-{partition.Partition.Value} is to be read from offset "
                + $"{cursor.Offset}, but the topic holds {ends.Low.Value} to {ends.High.Value}: it was deleted and "
                + "made anew, or records were removed before they were written. Compare table event with the topic; "
                + "then delete the row of sink_offset to read the partition from its beginning.");
        _feeds[partition.Partition.Value] = new(partition, cursor);
        Log.Assigned(_logger, $"{partition.Topic}-{partition.Partition.Value}", cursor.Offset, cursor.Epoch);
        // Numeric also for the beginning: librdkafka 2.0 can jump past records after a logical offset.
        return new(partition, isNew ? ends.Low : new Offset(cursor.Offset));
    }

    private void Revoke(List<TopicPartitionOffset> partitions)
    {
        foreach (var partition in partitions) _feeds.Remove(partition.Partition.Value);
        if (partitions.Count > 0)
            Log.Revoked(_logger, string.Join(", ", partitions.Select(p => $"{p.Topic}-{p.Partition.Value}")));
    }

    private SessionEndedException Ended(ConsumeException e) => e.Error.Code switch
    {
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic => new(
            $"topic {_topic} does not exist on Kafka at {_options.Kafka.Bootstrap}; "
            + "create it with: kafkaflow topics apply", e),
        _ => new(
            $"reading {_topic} from Kafka at {_options.Kafka.Bootstrap} failed: {e.Error.Code} {e.Error.Reason}", e),
    };
}
