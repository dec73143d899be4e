using System.Text;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>A member of a group on a connection of its own. As a leader it gives each member one part, named after
/// the member or its instance.</summary>
internal sealed class Member(EmbeddedBroker broker) : IDisposable
{
    public const string Topic = "parts";
    private const string Group = "group";
    private readonly WireClient _wire = new(broker.Bootstrap);
    private List<JoinGroupResponse.JoinGroupResponseMember> _members = [];

    public string Id { get; set; } = "";

    public string? Instance { get; init; }

    public string InstanceOrId => Instance ?? Id;

    public int Generation { get; private set; } = -1;

    public bool IsLeader { get; private set; }

    public bool SkipsAssignment { get; private set; }

    public string[] Assigned { get; private set; } = [];

    /// <summary>The same member after the broker has been away.</summary>
    public Member On(EmbeddedBroker other) => new(other) { Id = Id, Instance = Instance, Generation = Generation };

    public async Task<ErrorCode> JoinAsync()
    {
        var answer = await _wire.AskAsync<JoinGroupResponse>(new JoinGroupRequest
        {
            GroupId = Group,
            MemberId = Id,
            GroupInstanceId = Instance,
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 30_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = [0, 1, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF] }],
        });
        var error = (ErrorCode)answer.ErrorCode;
        if (error is ErrorCode.None or ErrorCode.MemberIdRequired) Id = answer.MemberId;
        if (error is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId) Id = "";
        if (error != ErrorCode.None) return error;
        (Generation, IsLeader, SkipsAssignment) = (answer.GenerationId, answer.Leader == Id, answer.SkipAssignment);
        _members = answer.Members;
        return error;
    }

    public async Task<ErrorCode> SyncAsync()
    {
        var answer = await _wire.AskAsync<SyncGroupResponse>(new SyncGroupRequest
        {
            GroupId = Group,
            MemberId = Id,
            GroupInstanceId = Instance,
            GenerationId = Generation,
            ProtocolType = "consumer",
            ProtocolName = "range",
            Assignments = IsLeader && !SkipsAssignment
                ? [.. _members.Select(m => new SyncGroupRequest.SyncGroupRequestAssignment
                    { MemberId = m.MemberId, Assignment = Encoding.UTF8.GetBytes(m.GroupInstanceId ?? m.MemberId) })]
                : [],
        });
        if (answer.ErrorCode == 0) Assigned = answer.Assignment.Length == 0 ? [] : [Encoding.UTF8.GetString(answer.Assignment)];
        return (ErrorCode)answer.ErrorCode;
    }

    public async Task<ErrorCode> HeartbeatAsync(int? generation = null) => (ErrorCode)(await _wire.AskAsync<HeartbeatResponse>(
        new HeartbeatRequest { GroupId = Group, MemberId = Id, GroupInstanceId = Instance, GenerationId = generation ?? Generation })).ErrorCode;

    /// <summary>Heartbeats until a rebalance is told: another member's request is on its way.</summary>
    public async Task UntilRebalanceAsync()
    {
        for (var i = 0; await HeartbeatAsync() != ErrorCode.RebalanceInProgress; i++)
        {
            Assert.InRange(i, 0, 1_000);
            await Task.Delay(5);
        }
    }

    public async Task<ErrorCode> LeaveAsync()
    {
        var answer = await _wire.AskAsync<LeaveGroupResponse>(new LeaveGroupRequest
        {
            GroupId = Group, Members = [new() { MemberId = Id, GroupInstanceId = Instance }],
        });
        Id = "";
        return (ErrorCode)answer.Members[0].ErrorCode;
    }

    public async Task<ErrorCode> CommitAsync(long offset, int? generation = null) =>
        (ErrorCode)(await _wire.AskAsync<OffsetCommitResponse>(new OffsetCommitRequest
        {
            GroupId = Group,
            MemberId = Id,
            GroupInstanceId = Instance,
            GenerationIdOrMemberEpoch = generation ?? Generation,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset, CommittedMetadata = "" }] }],
        })).Topics[0].Partitions[0].ErrorCode;

    public void Dispose() => _wire.Dispose();
}
