using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Requests of members of groups.</summary>
internal sealed class GroupHandlers(BrokerCore core)
{
    private const int MinSessionMs = 6_000;
    private const int MaxSessionMs = 1_800_000;
    private const short FirstJoinWithKnownId = 4;
    private const short FirstJoinWithRebalanceTimeout = 1;
    private const short FirstJoinWithSkip = 9;
    private const short FirstLeaveWithMembers = 3;

    public async ValueTask<IWire> JoinAsync(RequestContext c, JoinGroupRequest request)
    {
        var result = await Join(c, request);
        return new JoinGroupResponse
        {
            ErrorCode = (short)result.Error,
            GenerationId = result.Generation,
            ProtocolType = result.ProtocolType,
            ProtocolName = result.Protocol ?? (c.Version < 7 ? "" : null),
            Leader = result.Leader,
            SkipAssignment = result.SkipAssignment,
            MemberId = result.MemberId,
            Members = [.. (result.Members ?? []).Select(m => new JoinGroupResponse.JoinGroupResponseMember
                { MemberId = m.MemberId, GroupInstanceId = m.InstanceId, Metadata = m.Metadata })],
        };
    }

    public async ValueTask<IWire> SyncAsync(RequestContext c, SyncGroupRequest request)
    {
        if (core.Groups.Find(request.GroupId) is not { } group)
            return new SyncGroupResponse { ErrorCode = (short)Unknown(request.GroupId) };
        var assignments = new Dictionary<string, byte[]>();
        foreach (var assignment in request.Assignments) assignments[assignment.MemberId] = assignment.Assignment;
        var result = await group.SyncAsync(
            request.MemberId, request.GroupInstanceId, request.GenerationId, request.ProtocolType, request.ProtocolName,
            assignments).WaitAsync(c.Cancel);
        return new SyncGroupResponse
        {
            ErrorCode = (short)result.Error,
            ProtocolType = result.ProtocolType,
            ProtocolName = result.Protocol,
            Assignment = result.Assignment,
        };
    }

    public IWire Heartbeat(HeartbeatRequest request) => new HeartbeatResponse
    {
        ErrorCode = (short)(core.Groups.Find(request.GroupId)?.Heartbeat(
            request.MemberId, request.GroupInstanceId, request.GenerationId) ?? Unknown(request.GroupId)),
    };

    public IWire Leave(RequestContext c, LeaveGroupRequest request)
    {
        var group = core.Groups.Find(request.GroupId);
        if (c.Version < FirstLeaveWithMembers)
        {
            var error = group?.Leave(request.MemberId, null) ?? Unknown(request.GroupId);
            return new LeaveGroupResponse { ErrorCode = (short)error };
        }
        if (request.GroupId.Length == 0) return new LeaveGroupResponse { ErrorCode = (short)ErrorCode.InvalidGroupId };
        return new LeaveGroupResponse
        {
            Members = [.. request.Members.Select(m => new LeaveGroupResponse.MemberResponse
            {
                MemberId = m.MemberId,
                GroupInstanceId = m.GroupInstanceId,
                ErrorCode = (short)(group?.Leave(m.MemberId, m.GroupInstanceId) ?? ErrorCode.UnknownMemberId),
            })],
        };
    }

    private static ErrorCode Unknown(string groupId) =>
        groupId.Length == 0 ? ErrorCode.InvalidGroupId : ErrorCode.UnknownMemberId;

    private async Task<JoinResult> Join(RequestContext c, JoinGroupRequest request)
    {
        if (request.GroupId.Length == 0) return new(ErrorCode.InvalidGroupId, request.MemberId);
        if (request.SessionTimeoutMs is < MinSessionMs or > MaxSessionMs)
            return new(ErrorCode.InvalidSessionTimeout, request.MemberId);
        if (request.MemberId.Length > 0 && core.Groups.Find(request.GroupId) is null)
            return new(ErrorCode.UnknownMemberId, request.MemberId);
        var rebalanceMs = c.Version >= FirstJoinWithRebalanceTimeout ? request.RebalanceTimeoutMs
            : request.SessionTimeoutMs;
        var join = new JoinRequest(
            request.MemberId, request.GroupInstanceId, c.ClientId, c.ClientHost,
            TimeSpan.FromMilliseconds(request.SessionTimeoutMs), TimeSpan.FromMilliseconds(Math.Max(0, rebalanceMs)),
            request.ProtocolType, [.. request.Protocols.Select(p => new GroupProtocol(p.Name, p.Metadata))],
            c.Version >= FirstJoinWithKnownId, c.Version >= FirstJoinWithSkip);
        return await core.Groups.FindOrAdd(request.GroupId).JoinAsync(join).WaitAsync(c.Cancel);
    }
}
