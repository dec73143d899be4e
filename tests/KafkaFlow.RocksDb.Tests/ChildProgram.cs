using System.Diagnostics;
using System.Globalization;

namespace KafkaFlow.RocksDb.Tests;

/// <summary>This program as a child process, to be killed: it says on stdout how far the database has
/// confirmed.</summary>
internal static class ChildProgram
{
    internal const string Name = "rocksdb-child";
    internal const string Hold = "hold";
    internal const string Write = "write";

    internal static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo
        {
            FileName = Environment.ProcessPath!, RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        // Under `dotnet X.dll` the program is dotnet and its first argument the assembly.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProgram).Assembly.Location);
        start.ArgumentList.Add(Name);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    internal static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case [Hold, var path]:
                using (RocksDatabase.Open(path, new()))
                {
                    Console.WriteLine("open");
                    Console.In.ReadToEnd();
                }
                return 0;
            case [Write, var path, var mode, var seed]:
                WriteForEver(path, Enum.Parse<CrashMode>(mode), int.Parse(seed, CultureInfo.InvariantCulture));
                return 0;
            default:
                Console.Error.WriteLine($"unknown child command {string.Join(' ', arguments)}");
                return 2;
        }
    }

    private static void WriteForEver(string path, CrashMode mode, int seed)
    {
        using var db = RocksDatabase.Open(path, CrashBatches.Options);
        using var batch = new WriteBatch();
        using var confirmed = Console.OpenStandardOutput();
        for (var number = CrashBatches.LastOf(db) + 1; number <= CrashBatches.Limit; number++)
        {
            batch.Clear();
            CrashBatches.Fill(batch, db, seed, number);
            db.Write(batch, CrashBatches.DurabilityOf(mode));
            if (mode == CrashMode.NoLog)
            {
                if (number % CrashBatches.BatchesPerFlush != 0) continue;
                db.Flush();
            }
            confirmed.Write(Bytes.Of($"{number}\n"));
            confirmed.Flush();
        }
    }
}
