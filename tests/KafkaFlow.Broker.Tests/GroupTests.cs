using KafkaFlow.Testing;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>Classic groups, member by member.</summary>
[Trait("tier", "fast")]
public sealed class GroupTests(ITestOutputHelper output)
{
    private const string Id = "group";

    [Fact]
    public async Task Members_join_are_assigned_by_their_leader_and_rebalance_when_one_leaves()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var one = new Member(broker);
        Assert.Equal(ErrorCode.MemberIdRequired, await one.JoinAsync());
        Assert.Equal(ErrorCode.None, await one.JoinAsync());
        Assert.Equal((1, true), (one.Generation, one.IsLeader));
        Assert.Equal(ErrorCode.None, await one.SyncAsync());

        using var two = new Member(broker);
        Assert.Equal(ErrorCode.MemberIdRequired, await two.JoinAsync());
        var joining = two.JoinAsync();
        await one.UntilRebalanceAsync();
        Assert.Equal(ErrorCode.None, await one.JoinAsync());
        Assert.Equal(ErrorCode.None, await joining);
        Assert.Equal((2, 2, true, false), (one.Generation, two.Generation, one.IsLeader, two.IsLeader));
        var syncing = two.SyncAsync();
        Assert.Equal(ErrorCode.None, await one.SyncAsync());
        Assert.Equal(ErrorCode.None, await syncing);
        Assert.Equal([one.Id], one.Assigned);
        Assert.Equal([two.Id], two.Assigned);
        Assert.Equal(ErrorCode.None, await two.HeartbeatAsync());
        Assert.Equal(ErrorCode.IllegalGeneration, await two.HeartbeatAsync(generation: 1));
        Assert.Equal(ErrorCode.UnknownMemberId, await new Member(broker) { Id = "stranger" }.HeartbeatAsync());

        Assert.Equal(ErrorCode.None, await two.LeaveAsync());
        Assert.Equal(ErrorCode.RebalanceInProgress, await one.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await one.JoinAsync());
        Assert.Equal(3, one.Generation);
    }

    [Fact]
    public async Task A_static_member_that_comes_back_keeps_its_assignment_without_a_rebalance_and_fences_its_former_self()
    {
        await using var broker = await EmbeddedBroker.StartAsync();
        using var leader = new Member(broker) { Instance = "leader" };
        using var old = new Member(broker) { Instance = "worker" };
        Assert.Equal(ErrorCode.None, await leader.JoinAsync());
        await leader.SyncAsync();
        var joining = old.JoinAsync();
        await leader.UntilRebalanceAsync();
        await leader.JoinAsync();
        await joining;
        var syncing = old.SyncAsync();
        await leader.SyncAsync();
        await syncing;

        using var again = new Member(broker) { Instance = "worker" };
        Assert.Equal(ErrorCode.None, await again.JoinAsync());
        Assert.Equal(old.Generation, again.Generation);
        Assert.NotEqual(old.Id, again.Id);
        Assert.Equal(ErrorCode.None, await again.SyncAsync());
        Assert.Equal(old.Assigned, again.Assigned);
        Assert.Equal(ErrorCode.None, await leader.HeartbeatAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, await old.HeartbeatAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, await old.SyncAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, await old.CommitAsync(3));

        using var leaderAgain = new Member(broker) { Instance = "leader" };
        Assert.Equal(ErrorCode.None, await leaderAgain.JoinAsync());
        Assert.True(leaderAgain.SkipsAssignment && leaderAgain.IsLeader);
        Assert.Equal(ErrorCode.None, await again.HeartbeatAsync());
    }

    [Fact]
    public async Task A_silent_member_is_removed_after_its_session_and_a_late_one_after_the_rebalance_time()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock });
        using var one = new Member(broker) { Instance = "one" };
        using var two = new Member(broker) { Instance = "two" };
        await one.JoinAsync();
        await one.SyncAsync();
        var joining = two.JoinAsync();
        await one.UntilRebalanceAsync();
        await one.JoinAsync();
        await joining;
        var syncing = two.SyncAsync();
        await one.SyncAsync();
        await syncing;
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(ErrorCode.None, await one.HeartbeatAsync());
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.RebalanceInProgress, await one.HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, await two.HeartbeatAsync());
        await one.JoinAsync();
        await one.SyncAsync();

        // A third one joins; the first never hears of it and is static, so it stays though it is late.
        using var three = new Member(broker) { Instance = "three" };
        var third = three.JoinAsync();
        await one.UntilRebalanceAsync();
        clock.Advance(TimeSpan.FromSeconds(8));
        await one.HeartbeatAsync();
        clock.Advance(TimeSpan.FromSeconds(8));
        await one.HeartbeatAsync();
        clock.Advance(TimeSpan.FromSeconds(8));
        await one.HeartbeatAsync();
        clock.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(ErrorCode.None, await third.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(three.IsLeader);
    }

    [Fact]
    public async Task Offsets_and_members_survive_a_restart_and_an_empty_group_can_be_deleted()
    {
        var memory = new Storage.MemoryFiles();
        Member member;
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory }))
        {
            using var wire = new WireClient(broker.Bootstrap);
            await wire.CreateAsync(Member.Topic);
            member = new(broker) { Instance = "one" };
            await member.JoinAsync();
            await member.SyncAsync();
            Assert.Equal(ErrorCode.None, await member.CommitAsync(42));
            Assert.Equal(ErrorCode.IllegalGeneration, await member.CommitAsync(43, member.Generation + 1));
            Assert.Equal(ErrorCode.UnknownMemberId, await new Member(broker).CommitAsync(44, generation: -1));
            member.Dispose();
            broker.Faults.CrashNow();
        }
        await using (var broker = await EmbeddedBroker.StartAsync(new() { Memory = memory }))
        {
            using var again = member.On(broker);
            Assert.Equal(ErrorCode.None, await again.HeartbeatAsync());
            using var wire = new WireClient(broker.Bootstrap);
            Assert.Equal(42, (await TransactionalClient.OffsetAsync(wire, Id, Member.Topic, true)).Offset);
            Assert.Equal((-1L, ErrorCode.None), await TransactionalClient.OffsetAsync(wire, "unknown", Member.Topic, true));
            var delete = new DeleteGroupsRequest { GroupsNames = [Id] };
            Assert.Equal((short)ErrorCode.NonEmptyGroup, (await wire.AskAsync<DeleteGroupsResponse>(delete)).Results[0].ErrorCode);
            Assert.Equal(ErrorCode.None, await again.LeaveAsync());
            Assert.Equal((short)0, (await wire.AskAsync<DeleteGroupsResponse>(delete)).Results[0].ErrorCode);
            Assert.Equal(-1, (await TransactionalClient.OffsetAsync(wire, Id, Member.Topic, true)).Offset);
        }
        await using var last = await EmbeddedBroker.StartAsync(new() { Memory = memory });
        Assert.Null(last.Core.Groups.Find(Id));
    }

    [Fact]
    public async Task Whatever_members_do_no_partition_has_two_owners_in_one_generation()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using var broker = await EmbeddedBroker.StartAsync(new() { Clock = clock });
        var owners = new System.Collections.Concurrent.ConcurrentDictionary<(int Generation, string Part), string>();
        using var stop = new CancellationTokenSource();
        var members = Enumerable.Range(0, 6).Select(i => RandomMemberAsync(
            broker, new(seed + i), i % 2 == 0 ? $"static-{i}" : null, owners, stop.Token)).ToArray();
        for (var i = 0; i < 150; i++)
        {
            await Task.Delay(10);
            clock.Advance(TimeSpan.FromMilliseconds(random.Next(200, 2_500)));
        }
        await stop.CancelAsync();
        broker.Faults.CrashNow();
        await Task.WhenAll(members).WaitAsync(TimeSpan.FromSeconds(20));
        output.WriteLine($"seed {seed}: {owners.Keys.Select(k => k.Generation).Distinct().Count()} generations, {owners.Count} parts given");
        Assert.True(owners.Keys.Select(k => k.Generation).Distinct().Count() > 5, $"seed {seed}: too few generations to prove anything");
    }

    private static async Task RandomMemberAsync(
        EmbeddedBroker broker, Random random, string? instance,
        System.Collections.Concurrent.ConcurrentDictionary<(int Generation, string Part), string> owners, CancellationToken stop)
    {
        var member = new Member(broker) { Instance = instance };
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (await member.JoinAsync() is not ErrorCode.None)
                {
                    await Task.Delay(5, CancellationToken.None);
                    continue;
                }
                if (random.Next(8) == 0)
                {
                    // Comes back as a new process would.
                    member = new(broker) { Instance = instance };
                    continue;
                }
                if (await member.SyncAsync() is not ErrorCode.None) continue;
                foreach (var part in member.Assigned)
                    Assert.Equal(member.InstanceOrId, owners.GetOrAdd((member.Generation, part), member.InstanceOrId));
                for (var beats = random.Next(20); beats > 0 && !stop.IsCancellationRequested; beats--)
                {
                    await Task.Delay(random.Next(10), CancellationToken.None);
                    if (await member.HeartbeatAsync() is not ErrorCode.None) break;
                }
                if (random.Next(4) == 0) await member.LeaveAsync();
            }
        }
        catch (Exception ended) when (ended is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            Assert.True(stop.IsCancellationRequested, ended.ToString());
        }
    }
}
