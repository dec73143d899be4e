using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using PartitionAnswer = KafkaFlow.Wire.Messages.FetchResponse.FetchableTopicResponse.PartitionData;
using PartitionRequest = KafkaFlow.Wire.Messages.FetchRequest.FetchTopic.FetchPartition;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Fetch: waits, without polling, until there is enough, something is wrong, or the time is over.</summary>
internal sealed class FetchHandler(BrokerCore core)
{
    private const short FirstVersionWithIds = 13;
    private const int MaxAnswerBytes = 256 * 1024 * 1024;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    public async ValueTask<IWire> HandleAsync(RequestContext c, FetchRequest request)
    {
        if (request.SessionId != 0 && request.SessionEpoch > 0)
            return new FetchResponse { ErrorCode = (short)ErrorCode.FetchSessionIdNotFound };
        var (response, isFinal) = Read(c, request);
        if (isFinal || request.MaxWaitMs <= 0) return response;

        var limit = TimeSpan.FromMilliseconds(request.MaxWaitMs);
        using var waiter = new FetchWaiter(core.Options.Clock, limit < MaxWait ? limit : MaxWait);
        var logs = LogsOf(c, request);
        foreach (var log in logs) log.Waiters.Add(waiter);
        try
        {
            while (true)
            {
                // Read again before the first wait: something may have come before the waiter was known.
                (response, isFinal) = Read(c, request);
                if (isFinal || !await waiter.WaitAsync(c.Cancel)) return isFinal ? response : Read(c, request).Response;
            }
        }
        finally
        {
            foreach (var log in logs) log.Waiters.Remove(waiter);
        }
    }

    private List<PartitionLog> LogsOf(RequestContext c, FetchRequest request) =>
    [
        .. request.Topics.SelectMany(topic => topic.Partitions.Select(p => Find(c, topic)?.Partition(p.Partition)))
            .OfType<PartitionLog>(),
    ];

    private Topic? Find(RequestContext c, FetchRequest.FetchTopic topic) =>
        c.Version >= FirstVersionWithIds ? core.Catalog.Find(topic.TopicId) : core.Catalog.Find(topic.Topic);

    private (FetchResponse Response, bool IsFinal) Read(RequestContext c, FetchRequest request)
    {
        var response = new FetchResponse();
        var left = Math.Min(request.MaxBytes, MaxAnswerBytes);
        var total = 0L;
        var failed = false;
        foreach (var asked in request.Topics)
        {
            var topic = Find(c, asked);
            var answer = new FetchResponse.FetchableTopicResponse { Topic = asked.Topic, TopicId = asked.TopicId };
            foreach (var partition in asked.Partitions)
            {
                var read = Read(c, request, topic, partition, left, total == 0);
                var length = read.Records?.Length ?? 0;
                left -= Math.Min(left, length);
                total += length;
                failed |= read.ErrorCode != 0;
                answer.Partitions.Add(read);
            }
            response.Responses.Add(answer);
        }
        return (response, failed || total >= request.MinBytes || request.Topics.Count == 0);
    }

    private static PartitionAnswer Read(
        RequestContext c, FetchRequest request, Topic? topic, PartitionRequest asked, int left, bool isFirst)
    {
        if (topic?.Partition(asked.Partition) is not { } log)
        {
            var isUnknownId = topic is null && c.Version >= FirstVersionWithIds;
            return Failed(asked, isUnknownId ? ErrorCode.UnknownTopicId
                : ErrorCode.UnknownTopicOrPartition, aborted: []);
        }
        if (LeaderEpoch.Check(asked.CurrentLeaderEpoch) is not ErrorCode.None and var wrongEpoch)
            return Failed(asked, wrongEpoch);
        var committedOnly = request.IsolationLevel == 1;
        var max = Math.Min(asked.PartitionMaxBytes, left);
        var error = log.Read(asked.FetchOffset, max, committedOnly, isFirst, out var read, out var bounds);
        if (error != ErrorCode.None) return Failed(asked, error);
        return new()
        {
            PartitionIndex = asked.Partition,
            HighWatermark = bounds.End,
            LastStableOffset = bounds.LastStable,
            LogStartOffset = bounds.Start,
            AbortedTransactions = committedOnly ? Aborted(log, asked.FetchOffset, read) : null,
            Records = read.Records,
        };
    }

    private static List<PartitionAnswer.AbortedTransaction> Aborted(PartitionLog log, long from, LogRead read) =>
        read.Records.Length == 0
            ? []
            : [.. log.AbortedBetween(from, read.EndOffset).Select(a => new PartitionAnswer.AbortedTransaction
                { ProducerId = a.ProducerId, FirstOffset = a.FirstOffset })];

    private static PartitionAnswer Failed(
        PartitionRequest asked, ErrorCode error, List<PartitionAnswer.AbortedTransaction>? aborted = null) => new()
    {
        PartitionIndex = asked.Partition,
        ErrorCode = (short)error,
        HighWatermark = -1,
        AbortedTransactions = aborted,
        Records = RecordMemory.Empty,
    };
}

/// <summary>The leader epoch of every partition is 0, since the leader never changes.</summary>
internal static class LeaderEpoch
{
    public const int Current = 0;

    /// <param name="asked">-1 if the client does not know.</param>
    public static ErrorCode Check(int asked) => asked > Current ? ErrorCode.UnknownLeaderEpoch : ErrorCode.None;
}
