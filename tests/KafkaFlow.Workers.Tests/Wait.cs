using System.Diagnostics;

namespace KafkaFlow.Workers.Tests;

/// <summary>Waits for something outside this process; running out of time is a failure.</summary>
internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task<T> ForAsync<T>(Func<T?> read, TimeSpan? limit = null) where T : class
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (read() is { } value) return value;
            Assert.True(clock.Elapsed < (limit ?? Limit), $"still waiting after {clock.Elapsed.TotalSeconds:0.0} s");
            await Task.Delay(10);
        }
    }

    public static Task UntilAsync(Func<bool> condition, TimeSpan? limit = null) =>
        ForAsync(() => condition() ? "" : null, limit);
}
