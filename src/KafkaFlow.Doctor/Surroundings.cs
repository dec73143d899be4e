using System.Diagnostics;
using System.Globalization;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.RocksDb;

namespace KafkaFlow.Doctor;

/// <summary>What the checks learn from the machine. Tests put other answers in its place.</summary>
public sealed record Surroundings
{
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    public Version Runtime { get; init; } = Environment.Version;

    /// <summary>Throws where the library is missing.</summary>
    public Func<string> KafkaLibraryVersion { get; init; } = () => KafkaNative.Version;

    /// <summary>Throws where the library is missing.</summary>
    public Action LoadRocksDb { get; init; } = () => new WriteBatch().Dispose();

    /// <summary>Parent of <c>VERSION/bin</c> directories.</summary>
    public string PostgresVersions { get; init; } = PostgresServer.DebianVersions;

    /// <summary>Bytes that a user may still write to the filesystem of a directory.</summary>
    public Func<string, long> FreeBytes { get; init; } = directory => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>Files that this process may have open at once; null if the system does not tell.</summary>
    public Func<long?> OpenFileLimit { get; init; } = ReadOpenFileLimit;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The program of a name on PATH, or at a path.</summary>
    public string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal)) return File.Exists(program) ? program : null;
        return (Variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
    }

    /// <summary>First line that a program prints when asked for its version.</summary>
    /// <exception cref="IOException">It does not run, ends with an error or prints nothing.</exception>
    public static async Task<string> VersionOfAsync(string program, string argument, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, [argument])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new IOException($"{program} did not start");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{program} does not run: {e.Message}", e);
        }
        using (process)
        {
            try
            {
                process.StandardInput.Close();
                var error = process.StandardError.ReadToEndAsync(cancel);
                var said = await process.StandardOutput.ReadToEndAsync(cancel) + await error;
                await process.WaitForExitAsync(cancel);
                var line = said.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0);
                return process.ExitCode == 0 && line is not null
                    ? line
                    : throw new IOException($"{program} {argument} ended with {process.ExitCode}: {line}");
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }

    private static long? ReadOpenFileLimit()
    {
        const string limits = "/proc/self/limits";
        if (!File.Exists(limits)) return null;
        var line = File.ReadLines(limits).FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        if (soft == "unlimited") return long.MaxValue;
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
