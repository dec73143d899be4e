using KafkaFlow.Doctor.Cluster;
using KafkaFlow.Doctor.Local;
using KafkaFlow.Doctor.Services;

namespace KafkaFlow.Doctor;

/// <summary>The checks of <c>kafkaflow doctor</c>, side by side, each within its own limit.</summary>
public static class Examination
{
    /// <summary>Never throws for what a check finds.</summary>
    public static async Task<DoctorReport> RunAsync(DoctorOptions options, CancellationToken cancel = default)
    {
        var broker = new Lazy<Task<Finding>>(() => BrokerCheck.LookAsync(options, cancel));
        Check[] checks =
        [
            .. Libraries.Checks(options), .. Programs.Checks(options), .. DataDirectory.Checks(options),
            .. Limits.Checks(options), .. ClusterChecks.All(options, broker),
            .. RegistryCheck.Checks(options, broker), .. PostgresChecks.All(options),
        ];
        return new(await Task.WhenAll(checks.Select(check => RunAsync(check, options.Timeout, cancel))));
    }

    private static async Task<CheckResult> RunAsync(Check check, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            // A check that blocks is left behind when its time is over.
            var finding = await Task.Run(() => check.LookAsync(limit.Token), limit.Token).WaitAsync(limit.Token);
            return finding.Named(check.Name);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(
                check.Name, CheckStatus.Fail, $"no answer within {timeout.TotalSeconds:0.#} s", "an answer", check.Fix);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(check.Name, CheckStatus.Fail, e.Message.ReplaceLineEndings(" "), null, check.Fix);
        }
    }
}
