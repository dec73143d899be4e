using System.Diagnostics;
using System.Globalization;
using KafkaFlow.Testing;

namespace KafkaFlow.RocksDb.Tests;

/// <summary>A child process writes numbered batches and is killed with SIGKILL, over and over, on one database. After
/// each kill the content must equal the model after some batch, not before the last one the child confirmed.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan ChildTimeout = TimeSpan.FromSeconds(30);

    [Theory]
    [Trait("tier", "fast")]
    [InlineData(CrashMode.Synced)]
    [InlineData(CrashMode.Log)]
    [InlineData(CrashMode.NoLog)]
    public Task Killed_a_few_times_the_database_holds_whole_batches_and_all_confirmed_ones(CrashMode mode) =>
        KillRepeatedly(mode, kills: 8);

    [Theory]
    [Trait("tier", "long")]
    [InlineData(CrashMode.Synced)]
    [InlineData(CrashMode.Log)]
    [InlineData(CrashMode.NoLog)]
    public Task Killed_a_hundred_times_the_database_holds_whole_batches_and_all_confirmed_ones(CrashMode mode) =>
        KillRepeatedly(mode, kills: 100);

    private async Task KillRepeatedly(CrashMode mode, int kills)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed} mode {mode}");
        var random = new Random(seed);
        using var directory = TestEnvironment.NewDirectory("rocksdb-kill");
        var path = directory.PathOf("db");
        var model = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var (modelAt, unconfirmed) = (0, 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var confirmed = await RunAndKillAsync(path, mode, seed, random);
            using var db = RocksDatabase.Open(path, CrashBatches.Options);
            var (last, rows) = CrashBatches.Read(db);
            Assert.True(
                last >= Math.Max(confirmed, modelAt),
                $"seed {seed} kill {kill}: the database stands at batch {last}, {confirmed} was confirmed");
            while (modelAt < last) CrashBatches.Apply(model, seed, ++modelAt);
            Assert.True(
                model.Keys.SequenceEqual(rows.Keys) && model.All(e => e.Value.AsSpan().SequenceEqual(rows[e.Key])),
                $"seed {seed} kill {kill}: the rows are not those of batch {last}");
            unconfirmed += last - confirmed;
        }
        output.WriteLine($"{kills} kills, {modelAt} batches, {unconfirmed} of them written but not confirmed");
        Assert.True(modelAt >= kills, $"seed {seed}: only {modelAt} batches were written");
    }

    /// <returns>The last batch the child confirmed; it is read to the end, so what was printed counts.</returns>
    private static async Task<int> RunAndKillAsync(string path, CrashMode mode, int seed, Random random)
    {
        using var child = ChildProgram.Start(
            ChildProgram.Write, path, mode.ToString(), seed.ToString(CultureInfo.InvariantCulture));
        try
        {
            using var timeout = new CancellationTokenSource(ChildTimeout);
            var line = await child.StandardOutput.ReadLineAsync(timeout.Token);
            Assert.NotNull(line);
            // The kill falls anywhere in the work of the next milliseconds.
            var life = TimeSpan.FromMicroseconds(random.Next(60_000));
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < life;) Thread.SpinWait(50);
            child.Kill();
            var rest = await child.StandardOutput.ReadToEndAsync(timeout.Token);
            var confirmed = $"{line}\n{rest}".Split('\n')[..^1].Last(l => l.Length > 0);
            return int.Parse(confirmed, CultureInfo.InvariantCulture);
        }
        finally
        {
            child.Kill();
            Assert.True(child.WaitForExit(ChildTimeout));
        }
    }
}
