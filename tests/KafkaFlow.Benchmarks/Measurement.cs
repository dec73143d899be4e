using System.Diagnostics;

namespace KafkaFlow.Benchmarks;

/// <summary>
/// Nanoseconds and bytes of one call: many batches after a warm-up, each batch long against the clock's step.
/// </summary>
/// <param name="P50Ns">Median over the batches of the mean of a batch.</param>
internal sealed record Measurement(string Name, double P50Ns, double P99Ns, double Bytes)
{
    private const int Batches = 400;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(600);

    public static Measurement Take(string name, int batch, Action<int> run)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < WarmUp;)
            run(batch);
        var times = new double[Batches];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Batches; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run(batch);
            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / batch;
        }
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / ((double)Batches * batch);
        Array.Sort(times);
        return new Measurement(name, times[Batches / 2], times[Batches * 99 / 100], bytes);
    }
}
