using KafkaFlow.Broker.Handlers;
using KafkaFlow.Wire.Messages;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Server;

/// <summary>Which part of the broker does which kind of request.</summary>
internal sealed class Dispatcher(BrokerCore core)
{
    private readonly ProduceHandler _produce = new(core);
    private readonly FetchHandler _fetch = new(core);
    private readonly LogHandlers _logs = new(core);
    private readonly MetadataHandler _metadata = new(core);
    private readonly TopicHandlers _topics = new(core);
    private readonly ConfigHandlers _configs = new(core);
    private readonly ClusterHandlers _cluster = new(core);
    private readonly GroupHandlers _groups = new(core);
    private readonly GroupAdminHandlers _groupAdmin = new(core);
    private readonly OffsetHandlers _offsets = new(core);
    private readonly TransactionHandlers _transactions = new(core);

    /// <returns>null where a request has no answer.</returns>
    public async ValueTask<IWire?> HandleAsync(RequestContext c, IWire request) => request switch
    {
        ProduceRequest r => _produce.Handle(c, r),
        FetchRequest r => await _fetch.HandleAsync(c, r),
        ListOffsetsRequest r => _logs.ListOffsets(r),
        OffsetForLeaderEpochRequest r => _logs.OffsetForLeaderEpoch(r),
        DeleteRecordsRequest r => _logs.DeleteRecords(r),
        DescribeProducersRequest r => _logs.DescribeProducers(r),
        DescribeLogDirsRequest r => _logs.DescribeLogDirs(r),
        MetadataRequest r => _metadata.Handle(c, r),
        CreateTopicsRequest r => _topics.Create(r),
        DeleteTopicsRequest r => _topics.Delete(c, r),
        CreatePartitionsRequest r => _topics.Grow(r),
        DescribeConfigsRequest r => _configs.Describe(c, r),
        AlterConfigsRequest r => _configs.Alter(r),
        IncrementalAlterConfigsRequest r => _configs.AlterIncrementally(r),
        ApiVersionsRequest r => ClusterHandlers.ApiVersions(r, c.Version),
        DescribeClusterRequest r => _cluster.Describe(r),
        DescribeAclsRequest => ClusterHandlers.DescribeAcls(),
        CreateAclsRequest r => ClusterHandlers.CreateAcls(r),
        DeleteAclsRequest r => ClusterHandlers.DeleteAcls(r),
        ElectLeadersRequest r => _cluster.ElectLeaders(c, r),
        ListPartitionReassignmentsRequest => new ListPartitionReassignmentsResponse(),
        DescribeClientQuotasRequest => new DescribeClientQuotasResponse { Entries = [] },
        FindCoordinatorRequest r => _cluster.FindCoordinator(c, r),
        JoinGroupRequest r => await _groups.JoinAsync(c, r),
        SyncGroupRequest r => await _groups.SyncAsync(c, r),
        HeartbeatRequest r => _groups.Heartbeat(r),
        LeaveGroupRequest r => _groups.Leave(c, r),
        DescribeGroupsRequest r => _groupAdmin.Describe(c, r),
        ListGroupsRequest r => _groupAdmin.List(r),
        DeleteGroupsRequest r => _groupAdmin.Delete(r),
        OffsetCommitRequest r => _offsets.Commit(r),
        OffsetFetchRequest r => _offsets.Fetch(c, r),
        OffsetDeleteRequest r => _offsets.Delete(r),
        TxnOffsetCommitRequest r => _transactions.CommitOffsets(c, r),
        InitProducerIdRequest r => _transactions.InitProducerId(c, r),
        AddPartitionsToTxnRequest r => _transactions.AddPartitions(c, r),
        AddOffsetsToTxnRequest r => _transactions.AddOffsets(c, r),
        EndTxnRequest r => _transactions.End(c, r),
        DescribeTransactionsRequest r => _transactions.Describe(r),
        ListTransactionsRequest r => _transactions.List(r),
        _ => throw new InvalidOperationException($"{c.Api.Key} has no handler"),
    };
}

/// <summary>Who asks, in which version. The token ends with the connection or the broker.</summary>
internal sealed record RequestContext(
    Api Api, short Version, string ClientId, string ClientHost, CancellationToken Cancel);
