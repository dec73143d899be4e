using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.EngineHost;

/// <summary>A start that names no version and hash, and where it stands in the log.</summary>
public sealed record UnresolvedStart(Command Start, int Partition, long Offset);

/// <summary>
/// Pins starts outside Decide: reads the playbooks topic to an end asked for after the start arrived, then appends
/// <c>start_resolved</c> to the start's own partition. One thread; the queue holds no more than there are undecided
/// starts in the state, from where an owner asks again at each term.
/// </summary>
public sealed class StartResolver : IDisposable
{
    private static readonly TimeSpan IdleRead = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);
    private readonly BlockingCollection<UnresolvedStart> _asked = [];
    private readonly PlaybookCatalog _catalog;
    private readonly IRecordSerdes _serdes;
    private readonly TopicNames _topics;
    private readonly ILogger _logger;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly WarmTopics _warm;

    public StartResolver(
        PlaybookCatalog catalog, IRecordSerdes serdes, KafkaSettings kafka, TopicNames topics, ILogger logger)
    {
        _catalog = catalog;
        _serdes = serdes;
        _topics = topics;
        _logger = logger;
        _producer = KafkaClients.Producer(KafkaClients.ProducerConfig(kafka, "kf-resolver"), logger);
        _warm = new WarmTopics(_producer.Handle);
    }

    public void Ask(UnresolvedStart start) => _asked.Add(start);

    /// <summary>Serves until cancelled. While Kafka does not answer it keeps what was asked and tries again.</summary>
    public void Run(CancellationToken cancel)
    {
        var batch = new List<UnresolvedStart>();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (batch.Count == 0 && _asked.TryTake(out var first, (int)IdleRead.TotalMilliseconds, cancel))
                    batch.Add(first);
                while (_asked.TryTake(out var more)) batch.Add(more);
                _catalog.ReadToEnd(cancel);
                foreach (var start in batch) Append(start);
                batch.Clear();
            }
            catch (Exception failure) when (
                failure is KafkaUnavailableException or KafkaException or SchemaUnavailableException)
            {
                Log.ResolverWaits(_logger, batch.Count, failure.Message);
                cancel.WaitHandle.WaitOne(RetryPause);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Append(UnresolvedStart asked)
    {
        var start = asked.Start;
        var entry = _catalog.Resolve(start.PlaybookPath!, start.PlaybookVersion, start.ContentHash);
        var runnable = entry?.Graph is not null;
        if (entry is not null && !runnable) Log.PlaybookNotRunnable(_logger, entry.Record.Key, entry.Problem ?? "");
        var resolved = start with
        {
            EventType = CommandTypes.StartResolved,
            OriginPartition = asked.Partition,
            OriginOffset = asked.Offset,
            StartHash = StartRequest.HashOf(start),
            PlaybookVersion = runnable ? $"{entry!.Record.Version}" : start.PlaybookVersion,
            ContentHash = runnable ? entry!.Record.ContentHash : start.ContentHash,
            NotFound = runnable ? null : true,
        };
        var message = new Message<byte[]?, byte[]?>
        {
            Key = System.Text.Encoding.UTF8.GetBytes(start.ExecutionId),
            Value = _serdes.Encode(resolved),
            Headers = new Headers { { HeaderNames.EventType, "start_resolved"u8.ToArray() } },
        };
        _warm.Warm(_topics.Commands);
        _producer.Produce(new TopicPartition(_topics.Commands, asked.Partition), message, report =>
        {
            if (report.Error.IsError) _asked.Add(asked);
        });
    }

    public void Dispose()
    {
        _producer.Flush(CloseTimeout);
        _producer.Dispose();
        _asked.Dispose();
    }
}
