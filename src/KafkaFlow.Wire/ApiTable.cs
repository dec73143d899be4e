using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Wire;

/// <summary>Kinds of requests by their number on the wire.</summary>
public enum ApiKey : short
{
    Produce = 0,
    Fetch = 1,
    ListOffsets = 2,
    Metadata = 3,
    OffsetCommit = 8,
    OffsetFetch = 9,
    FindCoordinator = 10,
    JoinGroup = 11,
    Heartbeat = 12,
    LeaveGroup = 13,
    SyncGroup = 14,
    DescribeGroups = 15,
    ListGroups = 16,
    ApiVersions = 18,
    CreateTopics = 19,
    DeleteTopics = 20,
    DeleteRecords = 21,
    InitProducerId = 22,
    OffsetForLeaderEpoch = 23,
    AddPartitionsToTxn = 24,
    AddOffsetsToTxn = 25,
    EndTxn = 26,
    TxnOffsetCommit = 28,
    DescribeAcls = 29,
    CreateAcls = 30,
    DeleteAcls = 31,
    DescribeConfigs = 32,
    AlterConfigs = 33,
    DescribeLogDirs = 35,
    CreatePartitions = 37,
    DeleteGroups = 42,
    ElectLeaders = 43,
    IncrementalAlterConfigs = 44,
    ListPartitionReassignments = 46,
    OffsetDelete = 47,
    DescribeClientQuotas = 48,
    DescribeCluster = 60,
    DescribeProducers = 61,
    DescribeTransactions = 65,
    ListTransactions = 66,
}

/// <summary>One kind of request: the versions advertised, the versions served, and its codecs.</summary>
/// <param name="Min">Lowest version advertised.</param>
/// <param name="Served">Lowest version answered; below it the connection is closed.</param>
/// <param name="Max">Highest version advertised and served.</param>
/// <param name="FirstFlexible">From this version on strings and arrays are compact and tags follow.</param>
public sealed record Api(
    ApiKey Key, short Min, short Served, short Max, short FirstFlexible,
    Func<IWire> NewRequest, Func<IWire> NewResponse)
{
    public bool IsFlexible(short version) => version >= FirstFlexible;
}

/// <summary>All kinds of requests that are spoken.</summary>
public static class ApiTable
{
    public static readonly IReadOnlyList<Api> All =
    [
        Row<ProduceRequest, ProduceResponse>(ApiKey.Produce, 0, 3, 11, 9),
        Row<FetchRequest, FetchResponse>(ApiKey.Fetch, 4, 4, 16, 12),
        Row<ListOffsetsRequest, ListOffsetsResponse>(ApiKey.ListOffsets, 1, 1, 9, 6),
        Row<MetadataRequest, MetadataResponse>(ApiKey.Metadata, 0, 0, 12, 9),
        Row<OffsetCommitRequest, OffsetCommitResponse>(ApiKey.OffsetCommit, 2, 2, 8, 8),
        Row<OffsetFetchRequest, OffsetFetchResponse>(ApiKey.OffsetFetch, 1, 1, 8, 6),
        Row<FindCoordinatorRequest, FindCoordinatorResponse>(ApiKey.FindCoordinator, 0, 0, 4, 3),
        Row<JoinGroupRequest, JoinGroupResponse>(ApiKey.JoinGroup, 0, 0, 9, 6),
        Row<HeartbeatRequest, HeartbeatResponse>(ApiKey.Heartbeat, 0, 0, 4, 4),
        Row<LeaveGroupRequest, LeaveGroupResponse>(ApiKey.LeaveGroup, 0, 0, 5, 4),
        Row<SyncGroupRequest, SyncGroupResponse>(ApiKey.SyncGroup, 0, 0, 5, 4),
        Row<DescribeGroupsRequest, DescribeGroupsResponse>(ApiKey.DescribeGroups, 0, 0, 5, 5),
        Row<ListGroupsRequest, ListGroupsResponse>(ApiKey.ListGroups, 0, 0, 5, 3),
        Row<ApiVersionsRequest, ApiVersionsResponse>(ApiKey.ApiVersions, 0, 0, 3, 3),
        Row<CreateTopicsRequest, CreateTopicsResponse>(ApiKey.CreateTopics, 2, 2, 7, 5),
        Row<DeleteTopicsRequest, DeleteTopicsResponse>(ApiKey.DeleteTopics, 1, 1, 6, 4),
        Row<DeleteRecordsRequest, DeleteRecordsResponse>(ApiKey.DeleteRecords, 0, 0, 2, 2),
        Row<InitProducerIdRequest, InitProducerIdResponse>(ApiKey.InitProducerId, 0, 0, 4, 2),
        Row<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(ApiKey.OffsetForLeaderEpoch, 2, 2, 4, 4),
        Row<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(ApiKey.AddPartitionsToTxn, 0, 0, 3, 3),
        Row<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(ApiKey.AddOffsetsToTxn, 0, 0, 3, 3),
        Row<EndTxnRequest, EndTxnResponse>(ApiKey.EndTxn, 0, 0, 3, 3),
        Row<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(ApiKey.TxnOffsetCommit, 0, 0, 3, 3),
        Row<DescribeAclsRequest, DescribeAclsResponse>(ApiKey.DescribeAcls, 1, 1, 3, 2),
        Row<CreateAclsRequest, CreateAclsResponse>(ApiKey.CreateAcls, 1, 1, 3, 2),
        Row<DeleteAclsRequest, DeleteAclsResponse>(ApiKey.DeleteAcls, 1, 1, 3, 2),
        Row<DescribeConfigsRequest, DescribeConfigsResponse>(ApiKey.DescribeConfigs, 1, 1, 4, 4),
        Row<AlterConfigsRequest, AlterConfigsResponse>(ApiKey.AlterConfigs, 0, 0, 2, 2),
        Row<DescribeLogDirsRequest, DescribeLogDirsResponse>(ApiKey.DescribeLogDirs, 1, 1, 4, 2),
        Row<CreatePartitionsRequest, CreatePartitionsResponse>(ApiKey.CreatePartitions, 0, 0, 3, 2),
        Row<DeleteGroupsRequest, DeleteGroupsResponse>(ApiKey.DeleteGroups, 0, 0, 2, 2),
        Row<ElectLeadersRequest, ElectLeadersResponse>(ApiKey.ElectLeaders, 0, 0, 2, 2),
        Row<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            ApiKey.IncrementalAlterConfigs, 0, 0, 1, 1),
        Row<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(
            ApiKey.ListPartitionReassignments, 0, 0, 0, 0),
        Row<OffsetDeleteRequest, OffsetDeleteResponse>(ApiKey.OffsetDelete, 0, 0, 0, 32767),
        Row<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(ApiKey.DescribeClientQuotas, 0, 0, 1, 1),
        Row<DescribeClusterRequest, DescribeClusterResponse>(ApiKey.DescribeCluster, 0, 0, 1, 0),
        Row<DescribeProducersRequest, DescribeProducersResponse>(ApiKey.DescribeProducers, 0, 0, 0, 0),
        Row<DescribeTransactionsRequest, DescribeTransactionsResponse>(ApiKey.DescribeTransactions, 0, 0, 0, 0),
        Row<ListTransactionsRequest, ListTransactionsResponse>(ApiKey.ListTransactions, 0, 0, 1, 0),
    ];

    private static readonly Api?[] ByKey = Index();

    /// <returns>null for a kind that is not spoken.</returns>
    public static Api? Find(short key) => (uint)key < (uint)ByKey.Length ? ByKey[key] : null;

    public static Api Of(ApiKey key) => Find((short)key) ?? throw new ArgumentOutOfRangeException(nameof(key));

    private static Api Row<TRequest, TResponse>(ApiKey key, short min, short served, short max, short flexible)
        where TRequest : IWire, new() where TResponse : IWire, new() =>
        new(key, min, served, max, flexible, () => new TRequest(), () => new TResponse());

    private static Api?[] Index()
    {
        var index = new Api?[All.Max(api => (int)api.Key) + 1];
        foreach (var api in All) index[(int)api.Key] = api;
        return index;
    }
}
