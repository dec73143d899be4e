using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>The requests of the differential test. Every step has a name; what a later step needs of an answer is taken from
/// it.</summary>
internal sealed class DifferentialScript(WireClient wire, string prefix)
{
    private string Topic => $"{prefix}.t";

    private string Compact => $"{prefix}.c";

    private string Group => $"{prefix}-group";

    private string Transaction => $"{prefix}-txn";

    public List<(string Step, string Answer)> Transcript { get; } = [];

    public async Task RunAsync()
    {
        await ReadyAsync();
        await TopicsAsync();
        await ConfigsAsync();
        await ProduceAsync();
        await ReadAsync();
        await GroupsAsync();
        await TransactionsAsync();
        await DeleteAsync();
    }

    /// <summary>A Kafka that was just started makes its coordinators' topics when they are first asked for.</summary>
    private async Task ReadyAsync()
    {
        for (var i = 0; ; i++)
        {
            Assert.InRange(i, 0, 200);
            await wire.AskAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { KeyType = 0, CoordinatorKeys = [Group] });
            await wire.AskAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = [Transaction] });
            var id = await wire.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = $"{prefix}-ready", TransactionTimeoutMs = 1_000 });
            var group = await wire.AskAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [Group] });
            if (id.ErrorCode == 0 && group.Groups[0].ErrorCode == 0) return;
            await Task.Delay(100);
        }
    }

    private async Task<T> Step<T>(string name, IWire request, short version = -1) where T : IWire
    {
        var answer = await wire.AskAsync<T>(request, version);
        Transcript.Add((name, AnswerText.Of(answer).Replace(prefix, "P", StringComparison.Ordinal)));
        return answer;
    }

    private async Task TopicsAsync()
    {
        await Create("create", Topic, 2);
        await Create("create again", Topic, 2);
        await Create("create compact", Compact, 1, ("cleanup.policy", "compact"));
        await Create("create with a bad name", "bad name", 1);
        await Create("create with no partitions", $"{prefix}.none", 0);
        await Create("create with a bad value", $"{prefix}.bad", 1, ("cleanup.policy", "never"));
        await Create("create with an unknown setting", $"{prefix}.bad", 1, ("no.such", "1"));
        await Create("create with two replicas", $"{prefix}.two", 1, 2);
        await Create("create with an unlucky dot", $"{prefix}_t", 1);
        await Create("create with a wide value", $"{prefix}.bad", 1, ("retention.ms", "-2"));
        await Create("create with no replicas", $"{prefix}.bad", 1, 0);
        foreach (short version in new short[] { 1, 4, 9, 12 })
        {
            await Step<MetadataResponse>($"metadata {version}", new MetadataRequest { Topics = [new() { Name = Topic }, new() { Name = $"{prefix}.unknown" }, new() { Name = "bad name" }], AllowAutoTopicCreation = false }, version);
        }
        await Step<MetadataResponse>("metadata of none", new MetadataRequest { Topics = [] });
        await Step<MetadataResponse>("metadata of an unknown id", new MetadataRequest { Topics = [new() { TopicId = Guid.NewGuid() }] });
        await Grow("grow", Topic, 3);
        await Grow("grow to the same", Topic, 3);
        await Grow("grow to less", Topic, 1);
        await Grow("grow the unknown", $"{prefix}.unknown", 3);
        await Task.Delay(300);
        await Step<DescribeClusterResponse>("cluster", new DescribeClusterRequest());
        await Step<ListPartitionReassignmentsResponse>("reassignments", new ListPartitionReassignmentsRequest());
        await Step<DescribeClientQuotasResponse>("quotas", new DescribeClientQuotasRequest());
        await Step<DescribeAclsResponse>("acls", new DescribeAclsRequest { ResourceTypeFilter = 2, PatternTypeFilter = 3, Operation = 2, PermissionType = 3 });
        await Step<ElectLeadersResponse>("elect", new ElectLeadersRequest { TopicPartitions = [new() { Topic = Topic, Partitions = [0] }], TimeoutMs = 5_000 });
        await Step<FindCoordinatorResponse>("find coordinator", new FindCoordinatorRequest { CoordinatorKeys = [Group] });
        await Step<FindCoordinatorResponse>("find coordinator of an unknown kind", new FindCoordinatorRequest { KeyType = 9, CoordinatorKeys = [Group] });
    }

    private async Task ConfigsAsync()
    {
        string[] keys = ["cleanup.policy", "retention.ms", "segment.bytes", "max.message.bytes", "flush.ms", "min.cleanable.dirty.ratio"];
        DescribeConfigsRequest Describe(string topic) => new()
        {
            Resources = [new() { ResourceType = 2, ResourceName = topic, ConfigurationKeys = [.. keys.Order()] }], IncludeSynonyms = true,
        };
        await Configs("describe topic", Describe(Compact));
        await Configs("describe unknown topic", Describe($"{prefix}.unknown"));
        await Alter("set", (Compact, "retention.ms", 0, "1000"));
        await Alter("append", (Compact, "cleanup.policy", 2, "delete"));
        await Configs("describe after append", Describe(Compact));
        await Alter("subtract", (Compact, "cleanup.policy", 3, "delete"));
        await Alter("delete", (Compact, "retention.ms", 1, null));
        await Alter("append to no list", (Compact, "retention.ms", 2, "1"));
        await Alter("set bad", (Compact, "retention.ms", 0, "soon"));
        await Alter("set unknown", (Compact, "no.such", 0, "1"));
        await Alter("set null", (Compact, "retention.ms", 0, null));
        await Alter("set unknown topic", ($"{prefix}.unknown", "retention.ms", 0, "1"));
        await Alter("set twice", (Compact, "retention.ms", 0, "1"), (Compact, "retention.ms", 0, "2"));
        await Configs("describe after all", Describe(Compact));
        await Step<AlterConfigsResponse>("replace", new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = Compact, Configs = [new() { Name = "cleanup.policy", Value = "compact" }, new() { Name = "segment.bytes", Value = "2000000" }] }],
        });
        await Configs("describe after replace", Describe(Compact));
        await Step<IncrementalAlterConfigsResponse>("alter broker", new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = "1", Configs = [new() { Name = "log.cleaner.threads", Value = "1" }] }], ValidateOnly = true,
        });
    }

    private async Task ProduceAsync()
    {
        RecordBatchBuilder Plain(params string[] values) => Requests.Batch(values);
        await Produce("produce", Topic, Plain("a", "b"));
        await Produce("produce a little ahead", Topic, new RecordBatchBuilder().Add(Now + 60_000, null, [1]));
        foreach (short version in new short[] { 3, 7, 9, 11 }) await Produce($"produce {version}", Topic, Plain("v"), version: version);
        await Produce("produce to an unknown topic", $"{prefix}.unknown", Plain("a"));
        await Produce("produce to an unknown partition", Topic, Plain("a"), partition: 9);
        await Produce("produce without key", Compact, Requests.Keyed("k", "v").Add(1, null, [1]));
        await Produce("produce with key", Compact, Requests.Keyed("k", "v"));
        await Produce("produce to the coordinators", "__consumer_offsets", Plain("a"));
        await Produce("produce with bad acks", Topic, Plain("a"), acks: 5);
        await Produce("produce too much", Topic, new RecordBatchBuilder().Add(Now, null, new byte[1_100_000]));
        await Produce("produce the future", Topic, new RecordBatchBuilder().Add(Now + 7_200_000, null, [1]));
        var append = Plain("a");
        append.Fields.Attributes |= 8;
        await Produce("produce with the time of appending", Topic, append);
        var control = Plain("a");
        control.Fields.Attributes |= 32;
        await Produce("produce control", Topic, control);
        var miscounted = Plain("a", "b");
        miscounted.Fields.Count = 3;
        await Produce("produce miscounted", Topic, miscounted);
        var damaged = Plain("a").Build();
        damaged[^1] ^= 1;
        await ProduceBytes("produce damaged", damaged);
        await ProduceBytes("produce two batches", [.. Plain("a").Build(), .. Plain("b").Build()]);
        var old = Plain("a").Build();
        old[16] = 1;
        await ProduceBytes("produce format 1", old);
        var id = (await wire.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionTimeoutMs = 1_000 })).ProducerId;
        await Produce("idempotent", Topic, Plain("a", "b").From(id, 0, 0, false));
        await Produce("idempotent again", Topic, Plain("a", "b").From(id, 0, 0, false));
        await Produce("idempotent next", Topic, Plain("c").From(id, 0, 2, false));
        await Produce("idempotent gap", Topic, Plain("d").From(id, 0, 9, false));
        await Produce("idempotent overlap", Topic, Plain("b", "c").From(id, 0, 1, false));
        await Produce("idempotent epoch not from 0", Topic, Plain("d").From(id, 1, 3, false));
        await Produce("idempotent next epoch", Topic, Plain("d").From(id, 1, 0, false));
        await Produce("idempotent old epoch", Topic, Plain("d").From(id, 0, 3, false));
        await Produce("transactional without id", Topic, Plain("d").From(id, 1, 1, true));
    }

    private async Task ReadAsync()
    {
        foreach (short version in new short[] { 4, 7, 11, 12 })
        {
            await Fetch($"fetch {version}", 0, version);
            await Fetch($"fetch end {version}", 10, version, committed: true);
        }
        await Fetch("fetch beyond", 9_999, 12);
        await Fetch("fetch below", -5, 12);
        await Fetch("fetch unknown partition", 0, 12, partition: 9);
        await Fetch("fetch newer epoch", 0, 12, epoch: 7);
        var session = new FetchRequest { SessionId = 12_345, SessionEpoch = 3, MaxWaitMs = 0 };
        await Step<FetchResponse>("fetch unknown session", session, 12);
        var byId = new FetchRequest();
        byId.Topics.Add(new() { TopicId = Guid.NewGuid(), Partitions = [new() { Partition = 0, PartitionMaxBytes = 1_000 }] });
        await Step<FetchResponse>("fetch unknown id", byId, 13);
        foreach (var time in new[] { -1L, -2, -3, -4, -5, 0, Now + 1_000_000 })
            foreach (short version in new short[] { 1, 5, 9 })
                if (time is >= -2 || version == 9) await Offsets($"offsets {(time > 0 ? "future" : $"{time}")} {version}", time, version, 0);
        await Offsets("offsets of an unknown partition", -1, 9, 9);
        await Offsets("offsets of an empty partition", -3, 9, 2);
        foreach (var epoch in new[] { 0, 5, -1 })
        {
            await Step<OffsetForLeaderEpochResponse>($"end of epoch {epoch}", new OffsetForLeaderEpochRequest
            {
                ReplicaId = -1,
                Topics = [new() { Topic = Topic, Partitions = [new() { Partition = 0, LeaderEpoch = epoch, CurrentLeaderEpoch = -1 }, new() { Partition = 9, LeaderEpoch = 0 }] }],
            });
        }
        foreach (var (name, topic, offset) in new[] { ("delete records", Topic, 2L), ("delete records below", Topic, 1), ("delete records beyond", Topic, 9_999), ("delete records of a compacted topic", Compact, 1), ("delete records of the unknown", $"{prefix}.unknown", 1) })
        {
            await Step<DeleteRecordsResponse>(name, new DeleteRecordsRequest
            {
                TimeoutMs = 5_000, Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Offset = offset }] }],
            });
        }
        await Fetch("fetch deleted", 0, 12);
        await Offsets("offsets after deletion", -2, 9, 0);
    }

    private async Task GroupsAsync()
    {
        foreach (short version in new short[] { 1, 5, 7 })
        {
            await Step<OffsetFetchResponse>($"offsets of an unknown group {version}", new OffsetFetchRequest { GroupId = Group, Topics = [new() { Name = Topic, PartitionIndexes = [0, 9] }] }, version);
        }
        await Step<DescribeGroupsResponse>("describe unknown group", new DescribeGroupsRequest { Groups = [Group] });
        await Step<DeleteGroupsResponse>("delete unknown group", new DeleteGroupsRequest { GroupsNames = [Group] });
        await Step<OffsetDeleteResponse>("delete offsets of unknown group", new OffsetDeleteRequest { GroupId = Group, Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0 }] }] });
        await Step<HeartbeatResponse>("heartbeat unknown group", new HeartbeatRequest { GroupId = Group, MemberId = "m", GenerationId = 1 });
        await Step<LeaveGroupResponse>("leave unknown group", new LeaveGroupRequest { GroupId = Group, Members = [new() { MemberId = "m" }] });
        await Step<SyncGroupResponse>("sync unknown group", new SyncGroupRequest { GroupId = Group, MemberId = "m", GenerationId = 1, ProtocolType = "consumer", ProtocolName = "range" });
        await Commit("commit of an unknown generation", 3, "m", 1, "");
        await Commit("simple commit", 3, "", -1, "note");
        await Commit("simple commit to an unknown partition", 3, "", -1, "", partition: 9);
        await Commit("simple commit with much metadata", 3, "", -1, new string('x', 5_000));
        await Step<OffsetFetchResponse>("offsets of the group", new OffsetFetchRequest { RequireStable = true, Groups = [new() { GroupId = Group, Topics = [new() { Name = Topic, PartitionIndexes = [0, 1] }] }] });
        await Step<OffsetFetchResponse>("all offsets of the group", new OffsetFetchRequest { Groups = [new() { GroupId = Group, Topics = null }] });
        await Step<DescribeGroupsResponse>("describe simple group", new DescribeGroupsRequest { Groups = [Group] });

        var member = $"{prefix}-members";
        await Join("join with a short session", member, "", session: 10);
        await Join("join without group", "", "");
        await Join("join as a stranger", member, "stranger");
        var invited = await Join("join", member, "");
        var joined = await Join("join with the id", member, invited.MemberId);
        await Step<SyncGroupResponse>("sync with a wrong generation", GroupRequests.Sync(member, invited.MemberId, 99));
        await Step<SyncGroupResponse>("sync", GroupRequests.Sync(member, invited.MemberId, joined.GenerationId));
        await Step<SyncGroupResponse>("sync again", GroupRequests.Sync(member, invited.MemberId, joined.GenerationId));
        await Step<HeartbeatResponse>("heartbeat", new HeartbeatRequest { GroupId = member, MemberId = invited.MemberId, GenerationId = joined.GenerationId });
        await Step<HeartbeatResponse>("heartbeat of a wrong generation", new HeartbeatRequest { GroupId = member, MemberId = invited.MemberId, GenerationId = 99 });
        await Step<DescribeGroupsResponse>("describe group", new DescribeGroupsRequest { Groups = [member] });
        await Step<DeleteGroupsResponse>("delete group with members", new DeleteGroupsRequest { GroupsNames = [member] });
        await Step<OffsetDeleteResponse>("delete subscribed offsets", new OffsetDeleteRequest { GroupId = member, Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0 }] }] });
        await Step<JoinGroupResponse>("join with another kind", new JoinGroupRequest { GroupId = member, SessionTimeoutMs = 10_000, RebalanceTimeoutMs = 1_000, ProtocolType = "other", Protocols = [new() { Name = "x" }] });
        await Step<LeaveGroupResponse>("leave", new LeaveGroupRequest { GroupId = member, Members = [new() { MemberId = invited.MemberId }, new() { MemberId = "stranger" }] });
        await Step<DescribeGroupsResponse>("describe empty group", new DescribeGroupsRequest { Groups = [member] });
        await Step<OffsetDeleteResponse>("delete offsets", new OffsetDeleteRequest { GroupId = Group, Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0 }] }] });
        await Step<DeleteGroupsResponse>("delete group", new DeleteGroupsRequest { GroupsNames = [member] });
        await Step<DescribeGroupsResponse>("describe deleted group", new DescribeGroupsRequest { Groups = [member] });
    }

    private async Task TransactionsAsync()
    {
        await Step<DescribeTransactionsResponse>("describe unknown transaction", new DescribeTransactionsRequest { TransactionalIds = [Transaction] });
        await Step<InitProducerIdResponse>("init with a long time", new InitProducerIdRequest { TransactionalId = Transaction, TransactionTimeoutMs = 900_001 });
        await Step<InitProducerIdResponse>("init without name", new InitProducerIdRequest { TransactionalId = "", TransactionTimeoutMs = 1_000 });
        var (id, epoch) = await Init("init");
        await End("end before begin", id, epoch, true);
        await Add("add to the unknown", id, epoch, Topic, 0, 9);
        await Add("add", id, epoch, Topic, 0);
        await Add("add again", id, epoch, Topic, 0);
        await Add("add with an old epoch", id, (short)(epoch - 1), Topic, 0);
        await Add("add with another id", id + 1_000, epoch, Topic, 0);
        await Produce("transactional", Topic, Requests.Batch("t").From(id, epoch, 0, true), Transaction);
        await Produce("transactional in another partition", Topic, Requests.Batch("t").From(id, epoch, 0, true), Transaction, partition: 1);
        await Step<DescribeTransactionsResponse>("describe transaction", new DescribeTransactionsRequest { TransactionalIds = [Transaction] });
        await Fetch("fetch committed behind an open transaction", 5, 12, committed: true);
        await Offsets("stable end", -1, 9, 0, committed: true);
        await Step<AddOffsetsToTxnResponse>("add offsets", new AddOffsetsToTxnRequest { TransactionalId = Transaction, ProducerId = id, ProducerEpoch = epoch, GroupId = $"{prefix}-txg" });
        await TxnCommit("commit offsets", id, epoch, 7);
        await TxnCommit("commit offsets with an old epoch", id, (short)(epoch - 1), 7);
        await TxnCommit("commit offsets as a stranger", id, epoch, 7, "stranger");
        await Step<OffsetFetchResponse>("pending offsets", new OffsetFetchRequest { RequireStable = true, Groups = [new() { GroupId = $"{prefix}-txg", Topics = [new() { Name = Topic, PartitionIndexes = [0] }] }] });
        await End("end with another id", id + 1_000, epoch, true);
        await End("commit", id, epoch, true);
        await Task.Delay(300);
        await End("commit again", id, epoch, true);
        await End("abort after commit", id, epoch, false);
        await Step<OffsetFetchResponse>("committed offsets", new OffsetFetchRequest { RequireStable = true, Groups = [new() { GroupId = $"{prefix}-txg", Topics = [new() { Name = Topic, PartitionIndexes = [0] }] }] });
        await Step<DescribeTransactionsResponse>("describe committed transaction", new DescribeTransactionsRequest { TransactionalIds = [Transaction] });
        await Add("add for an abort", id, epoch, Topic, 0);
        await Produce("transactional to abort", Topic, Requests.Batch("t").From(id, epoch, 1, true), Transaction);
        await End("abort", id, epoch, false);
        await Task.Delay(300);
        await Fetch("fetch aborted", 5, 12, committed: true);
        await Step<InitProducerIdResponse>("init with the old epoch", new InitProducerIdRequest { TransactionalId = Transaction, TransactionTimeoutMs = 60_000, ProducerId = id, ProducerEpoch = epoch });
        await Init("init again");
        await End("end of a fenced producer", id, epoch, true);
        (id, epoch) = await Init("init a third time");
        await Add("add before init", id, epoch, Topic, 0);
        await Init("init while open");
        await Step<ListTransactionsResponse>("list transactions of no state", new ListTransactionsRequest { StateFilters = ["Nowhere"] });
    }

    private async Task DeleteAsync()
    {
        await Step<DeleteTopicsResponse>("delete topics", new DeleteTopicsRequest { TimeoutMs = 5_000, Topics = [new() { Name = Topic }] });
        await Step<DeleteTopicsResponse>("delete unknown topic", new DeleteTopicsRequest { TimeoutMs = 5_000, Topics = [new() { Name = $"{prefix}.unknown" }] });
        await Step<DeleteTopicsResponse>("delete unknown id", new DeleteTopicsRequest { TimeoutMs = 5_000, Topics = [new() { TopicId = Guid.NewGuid() }] });
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private async Task Create(string step, string topic, int partitions, params (string Name, string Value)[] config) =>
        await Create(step, topic, partitions, 1, config);

    private async Task Create(string step, string topic, int partitions, int replicas, params (string Name, string Value)[] config) =>
        await Step<CreateTopicsResponse>(step, new CreateTopicsRequest
        {
            TimeoutMs = 5_000,
            Topics = [new() { Name = topic, NumPartitions = partitions, ReplicationFactor = (short)replicas, Configs = [.. config.Select(c => new CreateTopicsRequest.CreatableTopic.CreatableTopicConfig { Name = c.Name, Value = c.Value })] }],
        }, 4);

    private async Task Grow(string step, string topic, int count) =>
        await Step<CreatePartitionsResponse>(step, new CreatePartitionsRequest { TimeoutMs = 5_000, Topics = [new() { Name = topic, Count = count, Assignments = null }] });

    private async Task Configs(string step, DescribeConfigsRequest request)
    {
        var answer = await wire.AskAsync<DescribeConfigsResponse>(request);
        foreach (var result in answer.Results) result.Configs = [.. result.Configs.OrderBy(c => c.Name, StringComparer.Ordinal)];
        Transcript.Add((step, AnswerText.Of(answer).Replace(prefix, "P", StringComparison.Ordinal)));
    }

    private async Task Alter(string step, params (string Topic, string Name, int Operation, string? Value)[] settings) =>
        await Step<IncrementalAlterConfigsResponse>(step, new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = settings[0].Topic, Configs = [.. settings.Select(s => new IncrementalAlterConfigsRequest.AlterConfigsResource.AlterableConfig { Name = s.Name, ConfigOperation = (sbyte)s.Operation, Value = s.Value })] }],
        });

    private async Task Produce(string step, string topic, RecordBatchBuilder batch, string? transaction = null, int partition = 0, short version = -1, short acks = -1) =>
        await Produce(step, topic, batch.Build(), transaction, partition, version, acks);

    private async Task ProduceBytes(string step, byte[] bytes) => await Produce(step, Topic, bytes, null, 0, -1, -1);

    private async Task Produce(string step, string topic, byte[] bytes, string? transaction, int partition, short version, short acks) =>
        await Step<ProduceResponse>(step, new ProduceRequest
        {
            Acks = acks,
            TimeoutMs = 5_000,
            TransactionalId = transaction,
            TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new RecordMemory(bytes) }] }],
        }, version);

    private async Task Fetch(string step, long offset, short version, bool committed = false, int partition = 0, int epoch = -1)
    {
        var request = new FetchRequest { IsolationLevel = (sbyte)(committed ? 1 : 0), MaxBytes = 1 << 20 };
        request.Topics.Add(new() { Topic = Topic, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = epoch }] });
        await Step<FetchResponse>(step, request, version);
    }

    private async Task Offsets(string step, long time, short version, int partition, bool committed = false)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, IsolationLevel = (sbyte)(committed ? 1 : 0) };
        request.Topics.Add(new() { Name = Topic, Partitions = [new() { PartitionIndex = partition, Timestamp = time }] });
        var answer = await wire.AskAsync<ListOffsetsResponse>(request, version);
        var found = answer.Topics[0].Partitions[0];
        if (found.Timestamp > 1_000_000_000_000) found.Timestamp = 1;
        Transcript.Add((step, AnswerText.Of(found)));
    }

    private async Task Commit(string step, long offset, string member, int generation, string metadata, int partition = 0) =>
        await Step<OffsetCommitResponse>(step, new OffsetCommitRequest
        {
            GroupId = Group,
            MemberId = member,
            GenerationIdOrMemberEpoch = generation,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }] }],
        });

    private async Task<JoinGroupResponse> Join(string step, string group, string member, int session = 10_000) =>
        await Step<JoinGroupResponse>(step, new JoinGroupRequest
        {
            GroupId = group,
            MemberId = member,
            SessionTimeoutMs = session,
            RebalanceTimeoutMs = 5_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = GroupRequests.Subscription(Topic) }],
        });

    private async Task<(long Id, short Epoch)> Init(string step)
    {
        var answer = await Step<InitProducerIdResponse>(step, new InitProducerIdRequest { TransactionalId = Transaction, TransactionTimeoutMs = 60_000 });
        return (answer.ProducerId, answer.ProducerEpoch);
    }

    private async Task Add(string step, long id, short epoch, string topic, params int[] partitions) =>
        await Step<AddPartitionsToTxnResponse>(step, new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = Transaction,
            V3AndBelowProducerId = id,
            V3AndBelowProducerEpoch = epoch,
            V3AndBelowTopics = [new() { Name = topic, Partitions = [.. partitions] }],
        });

    private async Task End(string step, long id, short epoch, bool commits) => await Step<EndTxnResponse>(
        step, new EndTxnRequest { TransactionalId = Transaction, ProducerId = id, ProducerEpoch = epoch, Committed = commits });

    private async Task TxnCommit(string step, long id, short epoch, long offset, string member = "") =>
        await Step<TxnOffsetCommitResponse>(step, new TxnOffsetCommitRequest
        {
            TransactionalId = Transaction,
            GroupId = $"{prefix}-txg",
            ProducerId = id,
            ProducerEpoch = epoch,
            MemberId = member,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset, CommittedMetadata = "" }] }],
        });
}
