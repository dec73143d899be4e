using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using GroupAnswer = KafkaFlow.Wire.Messages.OffsetFetchResponse.OffsetFetchResponseGroup;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Offsets of groups: commit, fetch, delete.</summary>
internal sealed class OffsetHandlers(BrokerCore core)
{
    private const short FirstFetchWithGroups = 8;

    public IWire Commit(OffsetCommitRequest request)
    {
        var offsets = request.Topics.SelectMany(topic => topic.Partitions.Select(p => new OffsetToCommit(
            new(topic.Name, p.PartitionIndex), p.CommittedOffset, p.CommittedLeaderEpoch,
                p.CommittedMetadata))).ToList();
        var errors = Commit(request, offsets);
        return new OffsetCommitResponse
        {
            Topics = [.. offsets.Zip(errors).GroupBy(pair => pair.First.Partition.Topic).Select(
                topic => new OffsetCommitResponse.OffsetCommitResponseTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(pair =>
                        new OffsetCommitResponse.OffsetCommitResponseTopic.OffsetCommitResponsePartition
                        {
                            PartitionIndex = pair.First.Partition.Partition, ErrorCode = (short)pair.Second,
                        })],
                })],
        };
    }

    public IWire Fetch(RequestContext c, OffsetFetchRequest request)
    {
        if (c.Version >= FirstFetchWithGroups)
        {
            return new OffsetFetchResponse
            {
                Groups = [.. request.Groups.Select(group => Fetch(
                    group.GroupId, group.Topics?
                        .Select(topic => (topic.Name, topic.PartitionIndexes)), request.RequireStable))],
            };
        }
        var one = Fetch(
            request.GroupId, request.Topics?
                .Select(topic => (topic.Name, topic.PartitionIndexes)), request.RequireStable);
        return new OffsetFetchResponse
        {
            Topics = [.. one.Topics.Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(p =>
                    new OffsetFetchResponse.OffsetFetchResponseTopic.OffsetFetchResponsePartition
                    {
                        PartitionIndex = p.PartitionIndex,
                        CommittedOffset = p.CommittedOffset,
                        CommittedLeaderEpoch = p.CommittedLeaderEpoch,
                        Metadata = p.Metadata,
                        ErrorCode = p.ErrorCode,
                    })],
            })],
        };
    }

    public IWire Delete(OffsetDeleteRequest request)
    {
        if (core.Groups.Find(request.GroupId) is not { } group)
            return new OffsetDeleteResponse { ErrorCode = (short)ErrorCode.GroupIdNotFound };
        var subscribed = group.SubscribedTopics();
        if (subscribed is null) return new OffsetDeleteResponse { ErrorCode = (short)ErrorCode.NonEmptyGroup };
        var partitions = request.Topics
            .SelectMany(topic => topic.Partitions
                .Select(p => new TopicPartition(topic.Name, p.PartitionIndex))).ToList();
        ErrorCode Judge(TopicPartition partition) =>
            subscribed.Contains(partition.Topic) ? ErrorCode.GroupSubscribedToTopic
            : core.Catalog.Log(partition.Topic, partition.Partition) is null ? ErrorCode.UnknownTopicOrPartition
            : ErrorCode.None;
        var removable = partitions.Where(p => Judge(p) == ErrorCode.None).ToList();
        var error = group.Locked(() => core.Groups.RemoveOffsets(
            group, [.. removable.Where(group.Offsets.Committed.ContainsKey)]));
        return new OffsetDeleteResponse
        {
            ErrorCode = (short)error,
            Topics = [.. partitions.GroupBy(p => p.Topic)
                .Select(topic => new OffsetDeleteResponse.OffsetDeleteResponseTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(
                    p => new OffsetDeleteResponse.OffsetDeleteResponseTopic.OffsetDeleteResponsePartition
                    { PartitionIndex = p.Partition, ErrorCode = (short)Judge(p) })],
            })],
        };
    }

    private IReadOnlyList<ErrorCode> Commit(OffsetCommitRequest request, List<OffsetToCommit> offsets)
    {
        ErrorCode[] All(ErrorCode error) => [.. offsets.Select(_ => error)];
        if (request.GroupId.Length == 0) return All(ErrorCode.InvalidGroupId);
        var group = core.Groups.Find(request.GroupId);
        if (group is null)
        {
            if (request.GenerationIdOrMemberEpoch >= 0) return All(ErrorCode.IllegalGeneration);
            group = core.Groups.FindOrAdd(request.GroupId);
        }
        return group.Locked(() =>
        {
            var error = group.CheckCommit(
                request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, isTransactional: false);
            return error == ErrorCode.None ? core.Groups.Commit(group, offsets, null) : All(error);
        });
    }

    private GroupAnswer Fetch(string id, IEnumerable<(string Topic, List<int> Partitions)>? asked, bool requireStable)
    {
        var answer = new GroupAnswer { GroupId = id };
        var group = core.Groups.Find(id);
        var topics = asked ?? group?.Locked(() => group.Offsets.Committed.Keys.GroupBy(p => p.Topic)
            .Select(topic => (topic.Key, topic.Select(p => p.Partition).ToList())).ToList()) ?? [];
        foreach (var (topic, partitions) in topics)
        {
            answer.Topics.Add(new()
            {
                Name = topic,
                Partitions = [.. partitions.Select(index => group is null
                    ? Nothing(index, ErrorCode.None)
                    : group.Locked(() => Fetch(group, new(topic, index), requireStable)))],
            });
        }
        return answer;
    }

    private static GroupAnswer.OffsetFetchResponseTopics.OffsetFetchResponsePartitions Fetch(
        Group group, TopicPartition partition, bool requireStable)
    {
        if (requireStable && group.Offsets.IsPending(partition)) return Nothing(
            partition.Partition, ErrorCode.UnstableOffsetCommit);
        if (group.Offsets.Committed.GetValueOrDefault(partition) is not { } found) return Nothing(
            partition.Partition, ErrorCode.None);
        return new()
        {
            PartitionIndex = partition.Partition,
            CommittedOffset = found.Offset,
            CommittedLeaderEpoch = found.LeaderEpoch,
            Metadata = found.Metadata,
        };
    }

    private static GroupAnswer.OffsetFetchResponseTopics.OffsetFetchResponsePartitions Nothing(
        int index, ErrorCode error) => new()
    {
        PartitionIndex = index, CommittedOffset = -1, CommittedLeaderEpoch = -1, Metadata = "",
            ErrorCode = (short)error,
    };
}
