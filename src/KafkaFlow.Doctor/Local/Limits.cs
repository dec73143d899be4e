using KafkaFlow.LocalServers;

namespace KafkaFlow.Doctor.Local;

/// <summary>Ports and open files.</summary>
internal static class Limits
{
    private const long EnoughFiles = 4_096;
    private const long FewestFiles = 1_024;

    public static IEnumerable<Check> Checks(DoctorOptions options)
    {
        foreach (var (port, option) in options.DefaultPorts)
        {
            var fix = $"stop it, or choose another port: kafkaflow dev {option} 0";
            yield return Check.Blocking($"port_{port}", fix, () => Port(options, port, fix));
        }
        yield return Check.Blocking("open_files", "ulimit -n 65536", () => Files(options.Surroundings.OpenFileLimit()));
    }

    /// <summary>A port in use keeps <c>dev</c> from starting; who has a cluster does not need it.</summary>
    private static Finding Port(DoctorOptions options, int port, string fix)
    {
        if (Ports.IsFree(port)) return Finding.Ok("free");
        var instance = RunningInstance.Of(options.DataDirectory);
        if (instance is { IsAlive: true } && instance.Ports.Contains(port))
            return Finding.Ok($"held by this directory's instance, process {instance.Pid}");
        var status = options.Kafka is null ? CheckStatus.Fail : CheckStatus.Warn;
        return new(status, $"held by {Ports.HolderOf(port)}", "free, or held by this directory's instance", fix);
    }

    private static Finding Files(long? limit) => limit switch
    {
        null => Finding.Skipped("this system does not tell"),
        >= EnoughFiles => Finding.Ok(limit == long.MaxValue ? "unlimited" : $"{limit}", $">= {EnoughFiles}"),
        >= FewestFiles => Finding.Warn($"{limit}", $">= {EnoughFiles}", "ulimit -n 65536"),
        _ => Finding.Fail($"{limit}", $">= {EnoughFiles}", "ulimit -n 65536"),
    };
}
