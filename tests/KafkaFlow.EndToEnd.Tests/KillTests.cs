using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>
/// kill -9 of engine, worker and sink at random moments while runs are in flight: every run completes, each step has
/// exactly one outcome, the table equals the topic.
/// </summary>
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class KillTests(Stack stack, ITestOutputHelper output)
{
    private const int MaxPauseMs = 400;

    [Fact]
    [Trait("tier", "fast")]
    public Task Forty_runs_survive_a_kill_of_each_part() => SurviveAsync(40, 3, TimeSpan.FromMinutes(2));

    [Fact]
    [Trait("tier", "ci")]
    public Task Two_hundred_runs_survive_twenty_kills_and_a_lost_state_directory() => SurviveAsync(200, 20, TimeSpan.FromMinutes(5));

    private async Task SurviveAsync(int runs, int kills, TimeSpan limit)
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        Console.WriteLine($"seed {seed}");
        var bootstrap = await stack.Kafka.BootstrapAsync();
        using var directory = TestEnvironment.NewDirectory("postgres");
        await using var postgres = await PostgresCluster.StartOwnAsync(directory);
        await using var parts = await Parts.StartAsync(bootstrap, postgres.Uri);

        var loseStateAt = kills > 3 ? random.Next(1, kills / 3) * 3 : -1; // a kill of the engine, not the first
        for (var kill = 0; kill < kills; kill++)
        {
            await parts.StartRunsAsync((runs * (kill + 1) / kills) - parts.Runs.Count);
            await Task.Delay(random.Next(MaxPauseMs)); // the random moment, not a wait for anything
            var victim = parts.All[kill % parts.All.Count];
            await victim.KillAsync();
            if (kill == loseStateAt && Directory.Exists(victim.StateDirectory)) Directory.Delete(victim.StateDirectory, recursive: true);
            await Task.Delay(random.Next(MaxPauseMs));
            victim.Start();
        }
        Assert.Equal(runs, parts.Runs.Count);
        await parts.AllCompleteOnceAsync(limit);
        await parts.TableEqualsTopicAsync(limit);
        await parts.LagIsZeroAsync(TimeSpan.FromSeconds(30));
    }
}
