using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Server;
using KafkaFlow.Broker.Transactions;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using TopicResult = KafkaFlow.Wire.Messages.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Transactions: requests of producers and questions of tools.</summary>
internal sealed class TransactionHandlers(BrokerCore core)
{
    /// <summary>Below these versions clients know the error of a fenced producer only as an invalid epoch.</summary>
    private const short FirstInitWithFenced = 4;

    private const short FirstWithFenced = 2;

    public IWire InitProducerId(RequestContext c, InitProducerIdRequest request)
    {
        var (error, id, epoch) = core.Transactions.Init(
            request.TransactionalId, request.TransactionTimeoutMs, (request.ProducerId, request.ProducerEpoch));
        return new InitProducerIdResponse
        {
            ErrorCode = Code(error, c.Version >= FirstInitWithFenced), ProducerId = id, ProducerEpoch = epoch,
        };
    }

    public IWire AddPartitions(RequestContext c, AddPartitionsToTxnRequest request)
    {
        var partitions = request.V3AndBelowTopics
            .SelectMany(topic => topic.Partitions
                .Select(partition => new TopicPartition(topic.Name, partition))).ToList();
        var unknown = partitions.Where(p => core.Catalog.Log(p.Topic, p.Partition) is null).ToHashSet();
        var error = unknown.Count > 0
            ? ErrorCode.OperationNotAttempted
            : core.Transactions.Add(request.V3AndBelowTransactionalId, request.V3AndBelowProducerId,
                request.V3AndBelowProducerEpoch, partitions);
        var code = Code(error, c.Version >= FirstWithFenced);
        return new AddPartitionsToTxnResponse
        {
            ResultsByTopicV3AndBelow =
                [.. partitions.GroupBy(p => p.Topic)
                    .Select(group => new TopicResult
            {
                Name = group.Key,
                ResultsByPartition = [.. group
                    .Select(p => new TopicResult.AddPartitionsToTxnPartitionResult
                {
                    PartitionIndex = p.Partition,
                    PartitionErrorCode = unknown.Contains(p) ? (short)ErrorCode.UnknownTopicOrPartition : code,
                })],
            })],
        };
    }

    public IWire AddOffsets(RequestContext c, AddOffsetsToTxnRequest request) => new AddOffsetsToTxnResponse
    {
        ErrorCode = Code(
            core.Transactions.AddOffsets(request.TransactionalId, request.ProducerId, request.ProducerEpoch),
            c.Version >= FirstWithFenced),
    };

    public IWire End(RequestContext c, EndTxnRequest request) => new EndTxnResponse
    {
        ErrorCode = Code(
            core.Transactions.End(request.TransactionalId, request.ProducerId, request.ProducerEpoch,
                request.Committed),
            c.Version >= FirstWithFenced),
    };

    public IWire CommitOffsets(RequestContext c, TxnOffsetCommitRequest request)
    {
        var offsets = request.Topics.SelectMany(topic => topic.Partitions.Select(p => new OffsetToCommit(
            new(topic.Name, p.PartitionIndex), p.CommittedOffset, p.CommittedLeaderEpoch,
                p.CommittedMetadata))).ToList();
        var group = core.Groups.FindOrAdd(request.GroupId);
        var errors = core.Transactions.CommitOffsets(
            request.TransactionalId, request.ProducerId, request.ProducerEpoch, group,
            () => group.CheckCommit(request.MemberId, request.GroupInstanceId, request.GenerationId,
                isTransactional: true),
            offsets);
        return new TxnOffsetCommitResponse
        {
            Topics = [.. offsets.Zip(errors).GroupBy(pair => pair.First.Partition.Topic).Select(
                topic => new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(pair =>
                        new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic.TxnOffsetCommitResponsePartition
                        {
                            PartitionIndex = pair.First.Partition.Partition, ErrorCode = (short)pair.Second,
                        })],
                })],
        };
    }

    public IWire Describe(DescribeTransactionsRequest request) => new DescribeTransactionsResponse
    {
        TransactionStates = [.. request.TransactionalIds.Select(Describe)],
    };

    public IWire List(ListTransactionsRequest request)
    {
        var known = Enum.GetNames<TransactionState>();
        var now = core.Context.NowMs;
        return new ListTransactionsResponse
        {
            UnknownStateFilters = [.. request.StateFilters.Where(filter => !known.Contains(filter))],
            TransactionStates = [.. core.Transactions.Transactions.Where(t => t.ProducerId >= 0 &&
                    (request.StateFilters.Count == 0 || request.StateFilters.Contains(t.State.ToString())) &&
                    (request.ProducerIdFilters.Count == 0 || request.ProducerIdFilters.Contains(t.ProducerId)) &&
                    (request.DurationFilter < 0 || (t.StartMs >= 0 && now - t.StartMs > request.DurationFilter)))
                .Select(t => new ListTransactionsResponse.TransactionState
                    { TransactionalId = t.Id, ProducerId = t.ProducerId, TransactionStateValue = t.State.ToString() })],
        };
    }

    private DescribeTransactionsResponse.TransactionState Describe(string id)
    {
        if (core.Transactions.Find(id) is not { ProducerId: >= 0 } transaction)
            return new() { TransactionalId = id, ErrorCode = (short)ErrorCode.TransactionalIdNotFound };
        lock (transaction.Gate)
        {
            return new()
            {
                TransactionalId = id,
                TransactionStateValue = transaction.State.ToString(),
                TransactionTimeoutMs = transaction.TimeoutMs,
                TransactionStartTimeMs = transaction.State == TransactionState.Ongoing ? transaction.StartMs : -1,
                ProducerId = transaction.ProducerId,
                ProducerEpoch = transaction.Epoch,
                Topics = [.. transaction.Partitions.GroupBy(p => p.Topic).Select(
                    group => new DescribeTransactionsResponse.TransactionState.TopicData
                        { Topic = group.Key, Partitions = [.. group.Select(p => p.Partition)] })],
            };
        }
    }

    private static short Code(ErrorCode error, bool knowsFenced) =>
        (short)(error == ErrorCode.ProducerFenced && !knowsFenced ? ErrorCode.InvalidProducerEpoch : error);
}
