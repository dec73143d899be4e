using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using OffsetAnswer = KafkaFlow.Wire.Messages.ListOffsetsResponse.ListOffsetsTopicResponse.ListOffsetsPartitionResponse;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Questions about single logs, and the deletion of their beginning.</summary>
internal sealed class LogHandlers(BrokerCore core)
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const long LatestTiered = -5;
    private const string UnknownPartition = "This server does not host this topic-partition.";

    public IWire ListOffsets(ListOffsetsRequest request)
    {
        var response = new ListOffsetsResponse();
        foreach (var topic in request.Topics)
        {
            response.Topics.Add(new()
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(p => Offset(
                    topic.Name, p.PartitionIndex, p.CurrentLeaderEpoch, p.Timestamp, request.IsolationLevel == 1))],
            });
        }
        return response;
    }

    public IWire OffsetForLeaderEpoch(OffsetForLeaderEpochRequest request)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = topic.Topic };
            foreach (var asked in topic.Partitions)
            {
                var log = core.Catalog.Log(topic.Topic, asked.Partition);
                var error = log is null ? ErrorCode.UnknownTopicOrPartition
                    : LeaderEpoch.Check(asked.CurrentLeaderEpoch);
                var isKnown = error == ErrorCode.None && asked.LeaderEpoch == LeaderEpoch.Current;
                answer.Partitions.Add(new()
                {
                    Partition = asked.Partition,
                    ErrorCode = (short)error,
                    LeaderEpoch = isKnown ? LeaderEpoch.Current : -1,
                    EndOffset = isKnown ? log!.Bounds.End : -1,
                });
            }
            response.Topics.Add(answer);
        }
        return response;
    }

    public IWire DeleteRecords(DeleteRecordsRequest request)
    {
        var response = new DeleteRecordsResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = topic.Name };
            foreach (var asked in topic.Partitions)
            {
                var (error, start) = core.Catalog.Log(topic.Name, asked.PartitionIndex) switch
                {
                    null => (ErrorCode.UnknownTopicOrPartition, -1L),
                    { Config.Deletes: false } => (ErrorCode.PolicyViolation, -1L),
                    var log => log.DeleteRecords(asked.Offset),
                };
                answer.Partitions.Add(new()
                {
                    PartitionIndex = asked.PartitionIndex, ErrorCode = (short)error, LowWatermark = start,
                });
            }
            response.Topics.Add(answer);
        }
        return response;
    }

    public IWire DescribeProducers(DescribeProducersRequest request)
    {
        var response = new DescribeProducersResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new DescribeProducersResponse.TopicResponse { Name = topic.Name };
            foreach (var index in topic.PartitionIndexes)
            {
                var log = core.Catalog.Log(topic.Name, index);
                answer.Partitions.Add(new()
                {
                    PartitionIndex = index,
                    ErrorCode = (short)(log is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.None),
                    ErrorMessage = log is null ? UnknownPartition : null,
                    ActiveProducers = log is null ? [] : [.. log.Producers().Select(Describe)],
                });
            }
            response.Topics.Add(answer);
        }
        return response;
    }

    public IWire DescribeLogDirs(DescribeLogDirsRequest request)
    {
        var (total, usable) = core.Context.Files.Space();
        var result = new DescribeLogDirsResponse.DescribeLogDirsResult
        {
            LogDir = core.Options.DataDirectory is { } directory ? Path.GetFullPath(directory) : "/memory",
            TotalBytes = total,
            UsableBytes = usable,
        };
        var asked = request.Topics?
            .Select(t => (Topic: core.Catalog.Find(t.Topic), Partitions: (List<int>?)t.Partitions)) ??
            core.Catalog.Topics.Select(t => ((Topic?)t, (List<int>?)null));
        foreach (var (topic, partitions) in asked)
        {
            if (topic is null) continue;
            result.Topics.Add(new()
            {
                Name = topic.Name,
                Partitions = [.. Enumerable.Range(0, topic.Partitions.Count)
                    .Where(index => partitions is null || partitions.Contains(index))
                    .Select(index => Size(index, topic.Partitions[index]))],
            });
        }
        return new DescribeLogDirsResponse { Results = [result] };
    }

    private static DescribeLogDirsResponse.DescribeLogDirsResult.DescribeLogDirsTopic.DescribeLogDirsPartition Size(
        int index, PartitionLog log) => new() { PartitionIndex = index, PartitionSize = log.TotalBytes };

    private static DescribeProducersResponse.TopicResponse.PartitionResponse.ProducerState Describe(
        ProducerEntry entry) => new()
    {
        ProducerId = entry.ProducerId,
        ProducerEpoch = entry.Epoch,
        LastSequence = entry.LastSequence,
        LastTimestamp = entry.LastTimestamp,
        CoordinatorEpoch = entry.CoordinatorEpoch,
        CurrentTxnStartOffset = entry.OpenFrom,
    };

    private OffsetAnswer Offset(string topic, int index, int leaderEpoch, long timestamp, bool committedOnly)
    {
        var answer = new OffsetAnswer { PartitionIndex = index, Timestamp = -1, Offset = -1, LeaderEpoch = -1 };
        if (core.Catalog.Log(topic, index) is not { } log)
        {
            answer.ErrorCode = (short)ErrorCode.UnknownTopicOrPartition;
            return answer;
        }
        answer.ErrorCode = (short)LeaderEpoch.Check(leaderEpoch);
        if (answer.ErrorCode != 0 || timestamp == LatestTiered) return answer;
        var bounds = log.Bounds;
        var limit = committedOnly ? bounds.LastStable : bounds.End;
        var found = timestamp switch
        {
            Latest => (limit, -1),
            Earliest or EarliestLocal => (bounds.Start, -1),
            MaxTimestamp => log.FindByTime(null),
            _ => log.FindByTime(timestamp),
        };
        if (found is not { } place || (place.Item1 >= limit && timestamp is not (Latest or Earliest or EarliestLocal)))
            return answer;
        (answer.Offset, answer.Timestamp) = place;
        answer.LeaderEpoch = LeaderEpoch.Current;
        return answer;
    }
}
